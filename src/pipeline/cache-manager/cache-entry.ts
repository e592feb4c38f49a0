import type { Dialect } from '../../chat/dialect.js';
import { WireBytes } from '../wire-bytes.js';

/**
 * A recorded answer in the upstream's own bytes. Replaying runs the same output path as a live answer (response policy,
 * translation), so a cached answer cannot be less checked than a fresh one.
 */
export interface CacheEntry {
  dialect: Dialect;
  form: 'whole' | 'stream';
  body: WireBytes;
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

/**
 * As it is kept in memory: the bytes as the code units of a string. A small buffer of its own would be a piece of the C heap,
 * which fragments while entries come and go; strings live where the collector moves them together.
 */
export interface HeldCacheEntry extends Omit<CacheEntry, 'body'> {
  text: string;
}

export function holdCacheEntry({ body, ...others }: CacheEntry): HeldCacheEntry {
  return { ...others, text: body.latin1 };
}

/** For the shared cache: one line of JSON, then the bytes. */
export function encodeCacheEntry(entry: CacheEntry): Buffer {
  const { body, ...others } = entry;
  const head: EntryHead = { v: 1, ...others };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body.buffer]);
}

/** Null for bytes that another version wrote or that are damaged: a miss, never an error. */
export function decodeCacheEntry(encoded: Buffer): CacheEntry | null {
  const end = encoded.indexOf(NEWLINE);
  if (end < 0) return null;
  const head = parseHead(encoded.toString('utf8', 0, end));
  if (head === null) return null;
  const { v: _, ...others } = head;
  return { ...others, body: WireBytes.ofBuffer(encoded.subarray(end + 1)) };
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
