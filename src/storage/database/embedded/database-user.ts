import { execFileSync, spawnSync } from 'node:child_process';

/** Who the database server runs as. `null`: as the gateway itself. */
export interface DatabaseUser {
  uid: number;
  gid: number;
}

const PREFERRED_NAME = 'postgres';
const LAST_RESORT_NAME = 'nobody';

/** Ways of making a system user without a home or a login; which one exists differs between distributions. */
const CREATE_USER_COMMANDS = [
  ['useradd', '--system', '--user-group', '--no-create-home', PREFERRED_NAME],
  ['adduser', '-S', '-D', '-H', PREFERRED_NAME],
] as const;

/**
 * PostgreSQL refuses to run as root, so there it runs as `postgres`, which is made when it is missing, or as `nobody` where
 * users cannot be made.
 * @throws when neither exists.
 */
export function findDatabaseUser(): DatabaseUser | null {
  if (process.getuid?.() !== 0) return null;
  const user = findUser(PREFERRED_NAME) ?? createUser() ?? findUser(LAST_RESORT_NAME);
  if (user) return user;
  throw new Error(
    'PostgreSQL does not run as root, and no user `postgres` or `nobody` exists. Start the gateway as another user, or set ' +
      'DATABASE_URL to a PostgreSQL server.',
  );
}

/** Whether the user reaches `path` and may enter or execute it; asks the kernel, which knows access lists too. */
export function canEnter(user: DatabaseUser | null, path: string): boolean {
  const probe = spawnSync('/bin/sh', ['-c', 'test -x "$0" && test -r "$0"', path], {
    ...user,
    cwd: '/',
    stdio: 'ignore',
  });
  return probe.status === 0;
}

function findUser(name: string): DatabaseUser | null {
  try {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
    );
    return uid === undefined || gid === undefined || uid === 0 ? null : { uid, gid };
  } catch {
    // `id` fails for an unknown user, which is an answer.
    return null;
  }
}

function createUser(): DatabaseUser | null {
  for (const [command, ...args] of CREATE_USER_COMMANDS) {
    if (spawnSync(command, args, { stdio: 'ignore' }).status === 0) return findUser(PREFERRED_NAME);
  }
  return null;
}
