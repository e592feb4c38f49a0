import { dirname, resolve } from 'node:path';
import type { DeclarativeConfig } from './declarative-config.js';
import { DeclarativeConfigError } from './declarative-fault.js';
import { parseDeclarativeConfig } from './parse-declarative-config.js';
import { readBoundedFile } from './read-bounded-file.js';

/** An installation of 100,000 keys is 21 MiB. */
const MAX_FILE_BYTES = 64 * 1_024 * 1_024;

/**
 * Reads the declarative file of GATEWAY_CONFIG: JSON of at most 64 MiB or YAML of at most 4. References to secrets are followed
 * into `env` and to files beside it.
 * @throws DeclarativeConfigError (as a rejection) with every fault at once; no message holds a secret.
 */
export async function loadDeclarativeConfig(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<DeclarativeConfig> {
  const file = await readBoundedFile(path, MAX_FILE_BYTES);
  if (!file.ok) throw new DeclarativeConfigError(path, [{ path: '', line: null, message: file.reason }]);
  const result = await parseDeclarativeConfig(file.text, { env, directory: dirname(resolve(path)) });
  if (!result.ok) throw new DeclarativeConfigError(path, result.faults);
  return result.config;
}
