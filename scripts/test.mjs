// `npm test`: installs and builds where that is needed, then runs jest on Node 24. Arguments go to jest.
import { assertNodeVersion } from './support/assert-node-version.mjs';
import { ensureBuilt } from './support/ensure-built.mjs';
import { ensureInstalled } from './support/ensure-installed.mjs';
import { runMain } from './support/failure.mjs';
import { findNode } from './support/find-node.mjs';
import { fromRoot } from './support/paths.mjs';
import { runCommand } from './support/run-command.mjs';
import { stopWithNpm } from './support/stop-with-npm.mjs';

const NODE_ARGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

await runMain(async () => {
  stopWithNpm();
  assertNodeVersion();
  await ensureInstalled();
  // Tests that kill the gateway run the built one, as users do.
  await ensureBuilt();
  process.exitCode = await runCommand(findNode(), [
    ...NODE_ARGS,
    fromRoot('node_modules', 'jest', 'bin', 'jest.js'),
    ...process.argv.slice(2),
  ]);
});
