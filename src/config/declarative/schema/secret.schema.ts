import { createHash } from 'node:crypto';
import { z } from 'zod';
import { isJsonObject } from '../../../common/json.js';
import { isWellFormedKey, SHOWN_KEY_LENGTH, showKeyPrefix } from '../../../tenancy/key-format.js';
import { isWebhookUrl, WEBHOOK_MESSAGE } from '../../fields/limit-fields.js';
import { HEADER_TEXT } from '../../fields/provider-fields.js';
import type { SealedCredential } from '../declarative-config.js';
import { LITERAL_SECRET, readSecret, type SecretResult, type SecretSource } from '../read-secret.js';

const SHOWN_PREFIX = /^tpk_[0-9A-Za-z]{0,8}$/;
const SHA256 = /^[0-9a-fA-F]{64}$/;
/** As SecretBox writes it. */
const SEALED = /^v1:[0-9a-f]{8}(?::[A-Za-z0-9_-]{1,8192}){3}$/;

export interface KeySecret {
  hash: string;
  prefix: string | null;
}

type Parsed<Value> = { ok: true; value: Value } | { ok: false; message: string };

/**
 * A place of the file that holds a secret. Whatever stands there is judged as a whole: an issue inside it would name its
 * members, and those may be the secret.
 */
function secret<Value>(parse: (input: unknown) => Promise<Parsed<Value>>) {
  return z.unknown().transform(async (input, context): Promise<Value> => {
    const parsed = await parse(input);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.message });
    return z.NEVER;
  });
}

/** A provider's credential: text that fits into a header, or sealed as an export carries it. */
export function providerKeySchema(source: SecretSource) {
  return secret(async (input): Promise<Parsed<string | SealedCredential>> => {
    if (isJsonObject(input) && 'sealed' in input) return parseSealed(input);
    const result = await readSecret(input, source);
    if (!result.ok) return result;
    if (HEADER_TEXT.test(result.text)) return { ok: true, value: result.text };
    return {
      ok: false,
      message: 'refers to text that no HTTP header carries: printable ASCII without spaces is',
    };
  });
}

function parseSealed(input: Record<string, unknown>): Parsed<SealedCredential> {
  const { sealed, ...others } = input;
  if (Object.keys(others).length === 0 && typeof sealed === 'string' && SEALED.test(sealed)) {
    return { ok: true, value: { sealed } };
  }
  return { ok: false, message: 'must be { sealed: TEXT } exactly as an export has it' };
}

/** A key of a tenant: only its hash and the characters that lists show are kept. */
export function keySecretSchema(source: SecretSource) {
  return secret(async (input): Promise<Parsed<KeySecret>> => {
    if (isJsonObject(input) && 'sha256' in input) return parseHash(input);
    const result = await readSecret(input, source);
    if (!result.ok) return { ok: false, message: addHashForm(result.message) };
    const { text } = result;
    if (!isWellFormedKey(text, 'tpk_'))
      return { ok: false, message: 'refers to text that is no key: tpk_ and 49 characters' };
    const hash = createHash('sha256').update(text).digest('hex');
    return { ok: true, value: { hash, prefix: showKeyPrefix(text) } };
  });
}

function parseHash(input: Record<string, unknown>): Parsed<KeySecret> {
  const { sha256, prefix, ...others } = input;
  if (Object.keys(others).length > 0)
    return { ok: false, message: 'must be { sha256: HEX }, with nothing else than prefix' };
  if (typeof sha256 !== 'string' || !SHA256.test(sha256)) {
    return { ok: false, message: 'sha256 must be the SHA-256 of the key: 64 hexadecimal digits, in quotes' };
  }
  if (prefix !== undefined && (typeof prefix !== 'string' || !SHOWN_PREFIX.test(prefix))) {
    return {
      ok: false,
      message: `prefix must be the first ${SHOWN_KEY_LENGTH} characters of the key at most`,
    };
  }
  return { ok: true, value: { hash: sha256.toLowerCase(), prefix: prefix ?? null } };
}

function addHashForm(message: string): string {
  return message.startsWith(LITERAL_SECRET) ? `${message}, for keys also { sha256: HEX }` : message;
}

/** A webhook's address, which often is a secret: as text, by reference, or sealed as an export carries it. */
export function webhookUrlSchema(source: SecretSource) {
  return secret(async (input): Promise<Parsed<string | SealedCredential>> => {
    if (isJsonObject(input) && 'sealed' in input) return parseSealed(input);
    const result: SecretResult =
      typeof input === 'string' ? { ok: true, text: input } : await readSecret(input, source);
    if (!result.ok) return result;
    if (isWebhookUrl(result.text)) return { ok: true, value: result.text };
    return { ok: false, message: WEBHOOK_MESSAGE };
  });
}
