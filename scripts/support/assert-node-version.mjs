import { Failure } from './failure.mjs';

const OLDEST = [20, 19];

/** The system's Node only installs and starts; the gateway itself runs on the Node 24 that is installed with it. */
export function assertNodeVersion(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Failure(
    `TokenPak Gateway needs Node.js ${OLDEST.join('.')} or later; this is ${version}. See https://nodejs.org.`,
  );
}
