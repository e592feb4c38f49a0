/**
 * Settings of the embedded server, on its command line rather than in a file, so that a server of an older gateway is told
 * from one of this gateway by its command line alone.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // The gateway's pool of 10, its lock and listener, and what a person opens beside it.
  max_connections: '60',
  shared_buffers: '128MB',
  // It holds money. The journal forgets a record once its commit returned, so a commit must be on the disk by then; batches
  // of hundreds of rows share one wait for it.
  fsync: 'on',
  synchronous_commit: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  // Nothing of a row's contents in the log: no statements, no details of violated constraints.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
};

/** Arguments of the `postgres` program; `isPostmasterOf` relies on their beginning. */
export function renderPostmasterArguments(data: string, port: number): string[] {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', data, '-p', String(port), ...settings];
}
