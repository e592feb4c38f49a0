// `npm start`: installs and builds where that is needed, then runs the gateway on Node 24. Uses nothing but Node itself.
import { assertNodeVersion } from './support/assert-node-version.mjs';
import { ensureBuilt } from './support/ensure-built.mjs';
import { ensureInstalled } from './support/ensure-installed.mjs';
import { runMain } from './support/failure.mjs';
import { findNode } from './support/find-node.mjs';
import { fromRoot } from './support/paths.mjs';
import { runCommand } from './support/run-command.mjs';
import { stopWithNpm } from './support/stop-with-npm.mjs';

await runMain(async () => {
  stopWithNpm();
  assertNodeVersion();
  await ensureInstalled();
  await ensureBuilt();
  process.exitCode = await runCommand(
    findNode(),
    [fromRoot('dist', 'src', 'main.js'), ...process.argv.slice(2)],
    {
      ipc: true,
    },
  );
});
