import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { EncodingName } from './text-counter.port.js';

interface VaultLimits {
  maxEntries: number;
  maxBytes: number;
}

/** An entry's number, its place in the list and the table's slot. */
const BYTES_PER_ENTRY = 120;

/**
 * Remembers how many tokens a message has, by its content, so that a conversation that grew by a message costs one message.
 *
 * Keys are digests: nothing of a message is kept. The tenant is part of them, so that how fast a count comes tells nobody
 * what another tenant has sent. Bounded by entries and bytes; what was not used for longest goes first.
 */
export class VaultIndex {
  private readonly counts: LRUCache<string, number>;

  constructor({ maxEntries, maxBytes }: VaultLimits) {
    this.counts = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: (_count, key) => key.length + BYTES_PER_ENTRY,
    });
  }

  find(key: string): number | null {
    return this.counts.get(key) ?? null;
  }

  remember(key: string, tokens: number): void {
    this.counts.set(key, tokens);
  }

  get size(): number {
    return this.counts.size;
  }
}

/** One text as it is, several as JSON; the number of texts keeps the two apart. */
export function createVaultKey(tenantId: string, encoding: EncodingName, texts: readonly string[]): string {
  const [only] = texts;
  const content = texts.length === 1 && only !== undefined ? only : JSON.stringify(texts);
  return `${tenantId}:${encoding}:${texts.length}:${hash('sha256', content, 'base64url')}`;
}
