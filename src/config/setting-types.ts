import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { TrustedProxies } from './gateway-config.js';

/** How a variable is documented. `secret`: its value must never be shown, not even in an error. */
export interface SettingMeta {
  description: string;
  /** As documented; `unset` behaviour in words where there is no single value. */
  defaultText: string;
  secret?: boolean;
}

const DECIMAL = /^-?(?:\d+|\d*\.\d+)$/;
const KEY_BYTES = 32;

/** `?foo` of undefined or '': compose files and shells set variables to nothing to mean "unset". */
const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

function setting<Value>(
  meta: SettingMeta,
  fallback: Value,
  parse: (text: string, fail: (problem: string) => void) => Value,
) {
  return optionalText
    .transform((text, context) => {
      if (text === undefined) return fallback;
      const shown = meta.secret ? '' : `, not ${JSON.stringify(text)}`;
      return parse(text, (problem) =>
        context.addIssue({ code: 'custom', message: `must be ${problem}${shown}` }),
      );
    })
    .meta({ ...meta });
}

export const text = (meta: SettingMeta, fallback: string) =>
  setting<string>(meta, fallback, (value) => value);

export const optional = (meta: SettingMeta) => setting<string | null>(meta, null, (value) => value);

export function url(meta: SettingMeta, protocols: readonly string[]) {
  return setting<string | null>(meta, null, (value, fail) => {
    const isAccepted = protocols.some((protocol) => value.startsWith(`${protocol}://`));
    if (!isAccepted || value.endsWith('://')) {
      fail(`a URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`);
    }
    return value;
  });
}

export interface Range {
  min: number;
  max: number;
}

export function integer(meta: SettingMeta, fallback: number, { min, max }: Range) {
  return setting<number>(meta, fallback, (value, fail) => {
    const number = parseInteger(value, { min, max });
    if (number === null) fail(`a whole number from ${min} to ${max}`);
    return number ?? fallback;
  });
}

/** Null when unset, so that another setting can decide the default. */
export function optionalInteger(meta: SettingMeta, { min, max }: Range) {
  return setting<number | null>(meta, null, (value, fail) => {
    const number = parseInteger(value, { min, max });
    if (number === null) fail(`a whole number from ${min} to ${max}`);
    return number;
  });
}

export function ratio(meta: SettingMeta, fallback: number) {
  return setting<number>(meta, fallback, (value, fail) => {
    const number = DECIMAL.test(value) ? Number(value) : NaN;
    if (!(number >= 0 && number <= 1)) fail('a number from 0 to 1');
    return number;
  });
}

export function optionalBoolean(meta: SettingMeta) {
  return setting<boolean | null>(meta, null, (value, fail) => {
    if (value !== 'true' && value !== 'false') fail('true or false');
    return value === 'true';
  });
}

export function choice<Choice extends string>(
  meta: SettingMeta,
  fallback: Choice,
  choices: readonly Choice[],
) {
  return setting<Choice>(meta, fallback, (value, fail) => {
    const chosen = choices.find((candidate) => candidate === value);
    if (chosen === undefined) fail(`one of ${choices.join(', ')}`);
    return chosen ?? fallback;
  });
}

export function adminToken(meta: SettingMeta, minLength: number) {
  return setting<string | null>(meta, null, (value, fail) => {
    if (value.length < minLength) fail(`${minLength} characters or more (try: openssl rand -hex 32)`);
    if (!/^[\x21-\x7e]+$/.test(value)) fail('printable ASCII without spaces');
    return value;
  });
}

/** Comma-separated base64 of 32 bytes each. */
export function encryptionKeys(meta: SettingMeta) {
  return setting<readonly Buffer[]>(meta, [], (value, fail) => {
    const keys = value.split(',').map((part) => parseKey(part.trim()));
    const wrong = keys.flatMap((key, index) => (key === null ? [index + 1] : []));
    if (wrong.length > 0) {
      fail(
        `base64 of exactly 32 bytes each (try: openssl rand -base64 32); wrong: number ${wrong.join(', ')}`,
      );
    }
    return keys.filter((key) => key !== null);
  });
}

/** A count of hops, or comma-separated addresses and CIDR networks. */
export function trustedProxies(meta: SettingMeta) {
  return setting<TrustedProxies>(meta, 0, (value, fail) => {
    const hops = parseInteger(value, { min: 0, max: 32 });
    if (hops !== null) return hops;
    const networks = value.split(',').map((part) => part.trim());
    if (!networks.every(isNetwork)) {
      fail('a number of hops from 0 to 32, or comma-separated addresses or CIDR networks such as 10.0.0.0/8');
    }
    return networks.map((network) => (network.includes('/') ? network : toNetwork(network)));
  });
}

function parseInteger(value: string, { min, max }: Range): number | null {
  if (!/^\d{1,16}$/.test(value)) return null;
  const number = Number(value);
  return number >= min && number <= max ? number : null;
}

function parseKey(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === KEY_BYTES ? bytes : null;
}

function isNetwork(text: string): boolean {
  return text.includes('/') ? ipaddr.isValidCIDR(text) : isAddress(text);
}

/** The parser also takes `10.1` and `0x7f`, which nobody means. */
function isAddress(text: string): boolean {
  return text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);
}

function toNetwork(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
