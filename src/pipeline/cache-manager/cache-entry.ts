import type { Dialect } from '../../chat/dialect.js';

/**
 * A recorded answer in the upstream's own bytes. Replaying runs the same output path as a live answer (response policy,
 * translation), so a cached answer cannot be less checked than a fresh one.
 */
export interface CacheEntry {
  dialect: Dialect;
  form: 'whole' | 'stream';
  bytes: Buffer;
  storedAtMs: number;
  expiresAtMs: number;
}

interface EntryHead {
  v: 1;
  dialect: Dialect;
  form: CacheEntry['form'];
  storedAtMs: number;
  expiresAtMs: number;
}

const NEWLINE = 0x0a;

/** For the shared cache: one line of JSON, then the bytes. */
export function encodeCacheEntry(entry: CacheEntry): Buffer {
  const { dialect, form, storedAtMs, expiresAtMs } = entry;
  const head: EntryHead = { v: 1, dialect, form, storedAtMs, expiresAtMs };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), entry.bytes]);
}

/** Null for bytes that another version wrote or that are damaged: a miss, never an error. */
export function decodeCacheEntry(encoded: Buffer): CacheEntry | null {
  const end = encoded.indexOf(NEWLINE);
  if (end < 0) return null;
  const head = parseHead(encoded.toString('utf8', 0, end));
  if (head === null) return null;
  const { dialect, form, storedAtMs, expiresAtMs } = head;
  return { dialect, form, storedAtMs, expiresAtMs, bytes: encoded.subarray(end + 1) };
}

function parseHead(text: string): EntryHead | null {
  try {
    const head = JSON.parse(text) as Partial<EntryHead> | null;
    const isKnown = head?.v === 1 && (head.form === 'whole' || head.form === 'stream');
    return isKnown && typeof head.expiresAtMs === 'number' ? (head as EntryHead) : null;
  } catch {
    // Damaged bytes are an expected state of a shared cache; the caller treats them as a miss.
    return null;
  }
}
