// `node scripts/run.mjs FILE [arguments]`: installs and builds where that is needed, then runs the file on Node 24.
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
  const [file, ...args] = process.argv.slice(2);
  process.exitCode = await runCommand(findNode(), [fromRoot(file), ...args]);
});
