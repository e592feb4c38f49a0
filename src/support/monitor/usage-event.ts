import type { Dialect } from '../../chat/dialect.js';
import type { CountSource } from '../../chat/usage.js';

/** One row of the ledger: a request that passed authentication and was not refused by a rate limit. Money as decimal integer text of nano-USD. */
export interface UsageEvent {
  /** The request's UUIDv7; idempotency key of the row. */
  id: string;
  /** Epoch milliseconds of the request's arrival; partition key. */
  startedAtMs: number;
  durationMs: number;
  tenantId: string;
  keyId: string;
  user: string | null;
  tags: Record<string, string>;
  dialect: Dialect;
  /** Public model name, as asked for. */
  model: string;
  providerId: string | null;
  deploymentId: string | null;
  upstreamModel: string | null;
  /** HTTP status sent to the client; 499 when it left first. */
  status: number;
  /** Error code of the catalogue, or null. */
  errorCode: string | null;
  streamed: boolean;
  cache: 'hit' | 'shared' | 'miss' | 'off';
  attempts: number;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  reasoningTokens: number | null;
  countSource: CountSource | null;
  /** Null where no price is known. */
  costNanoUsd: string | null;
  /** The price came partly from the seed profile. */
  costEstimated: boolean;
}

/**
 * Durable record of usage. `recordUsage` returns once the event is in the journal file (survives a killed process);
 * PostgreSQL follows in batches.
 * @throws GatewayError('ledger_unavailable') never from recordUsage itself: the journal keeps the event in memory and
 * `isWritable` turns false, so that new paid work is refused before it starts.
 */
export interface UsageLedger {
  recordUsage(event: UsageEvent): void;
  /** False when the disk is full or the journal reached its bound. */
  isWritable(): boolean;
  /** Everything journaled so far is in PostgreSQL. @throws when PostgreSQL is down. */
  flush(): Promise<void>;
}

export const USAGE_LEDGER = Symbol('UsageLedger');
