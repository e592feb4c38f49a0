import { resolve } from 'node:path';
import { isJsonObject } from '../../common/json.js';
import { readBoundedFile } from './read-bounded-file.js';

/** Where references of the file lead. */
export interface SecretSource {
  env: Readonly<Record<string, string | undefined>>;
  /** The file's own directory, absolute: paths of secrets are relative to it. Null: files are not read. */
  directory: string | null;
}

/**
 * For documents that come over the network: whoever sends one must not read the gateway's environment or files by having
 * them put into a credential or an address.
 */
export const NO_REFERENCES: SecretSource = { env: {}, directory: null };

export type SecretResult = { ok: true; text: string } | { ok: false; message: string };

const MAX_SECRET_BYTES = 65_536;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Only such a name is repeated in a message: anything else could be the secret itself, written into the wrong place. */
const PLAIN_ENV_NAME = /^[A-Z][A-Z_]{0,63}$/;

export const LITERAL_SECRET = 'secrets are not written into this file: use { env: NAME } or { file: PATH }';
const NOT_FOLLOWED =
  'refers to the environment or a file of the gateway, which is read for the file of GATEWAY_CONFIG alone';
const REFERENCE_NEEDED = 'must be { env: NAME } or { file: PATH }';

/** The text behind `{ env: NAME }` or `{ file: PATH }`; white space around it does not count. Messages repeat no value. */
export async function readSecret(reference: unknown, source: SecretSource): Promise<SecretResult> {
  if (typeof reference === 'string') return refuse(LITERAL_SECRET);
  if (!isJsonObject(reference) || Object.keys(reference).length !== 1) return refuse(REFERENCE_NEEDED);
  if (source === NO_REFERENCES) return refuse(NOT_FOLLOWED);
  const { env, file } = reference;
  if (typeof env === 'string') return readVariable(env, source);
  if (typeof file === 'string' && source.directory !== null)
    return await readSecretFile(file, source.directory);
  return refuse(REFERENCE_NEEDED);
}

function readVariable(name: string, { env }: SecretSource): SecretResult {
  if (!ENV_NAME.test(name)) return refuse('env must be the name of an environment variable');
  const text = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
  if (text !== undefined && text !== '') return { ok: true, text };
  return refuse(`the environment variable ${PLAIN_ENV_NAME.test(name) ? `${name} ` : ''}is not set`);
}

async function readSecretFile(path: string, directory: string): Promise<SecretResult> {
  const file = await readBoundedFile(resolve(directory, path), MAX_SECRET_BYTES);
  if (!file.ok) return refuse(`the file ${file.reason}`);
  const text = file.text.trim();
  return text === '' ? refuse('the file is empty') : { ok: true, text };
}

function refuse(message: string): SecretResult {
  return { ok: false, message };
}
