import type { Dialect } from '../../chat/dialect.js';

/**
 * A recorded answer in the upstream's own bytes. Replaying runs the same output path as a live answer (response policy,
 * translation), so a cached answer cannot be less checked than a fresh one.
 */
export interface CacheEntry {
  dialect: Dialect;
  form: 'whole' | 'stream';
  bytes: Buffer;
  /** Of the request that was answered: who gets its answer was not heard either. */
  droppedParams: readonly string[];
  storedAtMs: number;
  expiresAtMs: number;
}

interface EntryHead {
  v: 1;
  dialect: Dialect;
  form: CacheEntry['form'];
  droppedParams: readonly string[];
  storedAtMs: number;
  expiresAtMs: number;
}

const NEWLINE = 0x0a;

/** Bytes of their own: what was read from a socket is a view of a larger buffer, all of which would be kept with it. */
export function copyBytes(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** For the shared cache: one line of JSON, then the bytes. */
export function encodeCacheEntry(entry: CacheEntry): Buffer {
  const { bytes, ...others } = entry;
  const head: EntryHead = { v: 1, ...others };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
}

/** Null for bytes that another version wrote or that are damaged: a miss, never an error. */
export function decodeCacheEntry(encoded: Buffer): CacheEntry | null {
  const end = encoded.indexOf(NEWLINE);
  if (end < 0) return null;
  const head = parseHead(encoded.toString('utf8', 0, end));
  if (head === null) return null;
  const { v: _, ...others } = head;
  return { ...others, bytes: encoded.subarray(end + 1) };
}

function parseHead(text: string): EntryHead | null {
  try {
    const head = JSON.parse(text) as Partial<EntryHead> | null;
    const isKnown = head?.v === 1 && (head.form === 'whole' || head.form === 'stream');
    const isComplete = typeof head?.expiresAtMs === 'number' && Array.isArray(head.droppedParams);
    return isKnown && isComplete ? (head as EntryHead) : null;
  } catch {
    // Damaged bytes are an expected state of a shared cache; the caller treats them as a miss.
    return null;
  }
}
