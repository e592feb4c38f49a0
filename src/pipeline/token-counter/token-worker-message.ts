import type { EncodingName } from './text-counter.port.js';

/** What a counting thread is started with: where its code is, since files end in `.ts` in source and in `.js` when built. */
export interface TokenWorkerData {
  encodersUrl: string;
  splitterUrl: string;
}

export interface TokenWorkerRequest {
  encoding: EncodingName;
  texts: readonly string[];
  /** Milliseconds of counting after which the rest is left uncounted. */
  budgetMs: number;
}

/** Tokens of each text; null for those left uncounted. */
export type TokenWorkerReply = (number | null)[];
