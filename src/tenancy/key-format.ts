import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What a secret is for: a data-plane key or an administrator's token. */
export type KeyPrefix = 'tpk_' | 'tpa_';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62;
const SECRET_BYTES = 32;
/** 62^43 > 2^256. */
const SECRET_DIGITS = 43;
/** 62^6 > 2^32. */
const CHECKSUM_DIGITS = 6;
export const SHOWN_KEY_LENGTH = 12;
const PATTERN = new RegExp(`^[0-9A-Za-z]{${SECRET_DIGITS + CHECKSUM_DIGITS}}$`);

/**
 * Prefix, 256 random bits in base 62 (43 digits), and the CRC-32 of all before it (6 digits). The checksum is no secret: it
 * tells a mistyped or invented key from a real one without a query, and lets secret scanners be sure of a find.
 */
export function generateKey(prefix: KeyPrefix): string {
  const secret = renderBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  return `${prefix}${secret}${computeChecksum(prefix + secret)}`;
}

/** The first characters, which recognise a key in lists: the prefix and eight of the secret's 43 digits. */
export function showKeyPrefix(key: string): string {
  return key.slice(0, SHOWN_KEY_LENGTH);
}

/** Whether `text` can be a key that `generateKey` made. Runs for every request: about a microsecond. */
export function isWellFormedKey(text: string, prefix: KeyPrefix): boolean {
  if (text.length !== prefix.length + SECRET_DIGITS + CHECKSUM_DIGITS || !text.startsWith(prefix))
    return false;
  if (!PATTERN.test(text.slice(prefix.length))) return false;
  const end = text.length - CHECKSUM_DIGITS;
  return text.slice(end) === computeChecksum(text.slice(0, end));
}

function computeChecksum(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let digit = 0; digit < CHECKSUM_DIGITS; digit += 1) {
    checksum = DIGITS.charAt(rest % BASE) + checksum;
    rest = Math.floor(rest / BASE);
  }
  return checksum;
}

function renderBase62(value: bigint, length: number): string {
  const base = BigInt(BASE);
  let rest = value;
  let text = '';
  while (rest > 0n) {
    text = DIGITS.charAt(Number(rest % base)) + text;
    rest /= base;
  }
  return text.padStart(length, '0');
}
