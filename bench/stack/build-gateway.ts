import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const GATEWAY_ENTRY = 'dist/src/main.js';

/** Builds the gateway unless the build is newer than every source. */
export function buildGatewayIfStale(root: string): void {
  const entry = join(root, GATEWAY_ENTRY);
  const sources = ['src', 'migrations', 'tsconfig.build.json', 'package-lock.json'].map((name) =>
    join(root, name),
  );
  if (existsSync(entry) && Math.max(...sources.map(findNewest)) <= findNewest(join(root, 'dist'))) return;
  execFileSync(join(root, 'node_modules/.bin/nest'), ['build'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function findNewest(path: string): number {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Math.max(0, ...entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}
