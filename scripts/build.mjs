// `npm run build`: installs where that is needed, and builds unless `dist` is up to date.
import { assertNodeVersion } from './support/assert-node-version.mjs';
import { ensureBuilt } from './support/ensure-built.mjs';
import { ensureInstalled } from './support/ensure-installed.mjs';
import { runMain } from './support/failure.mjs';

await runMain(async () => {
  assertNodeVersion();
  await ensureInstalled();
  await ensureBuilt();
});
