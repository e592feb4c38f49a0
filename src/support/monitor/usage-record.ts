import type { Dialect } from '../../chat/dialect.js';
import type { CountSource } from '../../chat/usage.js';
import { cleanSqlText } from '../../storage/database/sql-client.port.js';
import type { UsageEvent } from './usage-event.js';

/**
 * One usage event as a compact JSON array. The same text is the journal's payload and PostgreSQL's input
 * (insert-usage.ts reads its positions), so an event is serialised exactly once. Positions never change their meaning; a
 * new shape gets a new version in position 0.
 *
 *  0 version      1 startedAtMs   2 id            3 durationUs     4 tenantId       5 keyId        6 user
 *  7 tags         8 dialect       9 model        10 providerId    11 deploymentId  12 upstreamModel
 * 13 status      14 errorCode    15 streamed     16 cache         17 attempts      18 input       19 output
 * 20 cacheRead   21 cacheWrite   22 reasoning    23 countSource   24 costNanoUsd   25 costEstimated
 */
const VERSION = 1;

/** Longest text stored; names beyond it come only from callers who send nonsense, and would not fit an index entry. */
const MAX_TEXT_LENGTH = 256;
const MAX_TAGS = 32;
/** A record above this holds something oversized; ordinary ones have 300 to 600 characters. */
const MAX_PLAIN_LENGTH = 4_096;

type UsageTuple = [
  version: number,
  startedAtMs: number,
  id: string,
  durationUs: number,
  tenantId: string,
  keyId: string,
  user: string | null,
  tags: Record<string, string>,
  dialect: Dialect,
  model: string,
  providerId: string | null,
  deploymentId: string | null,
  upstreamModel: string | null,
  status: number,
  errorCode: string | null,
  streamed: boolean,
  cache: UsageEvent['cache'],
  attempts: number,
  inputTokens: number | null,
  outputTokens: number | null,
  cacheReadTokens: number | null,
  cacheWriteTokens: number | null,
  reasoningTokens: number | null,
  countSource: CountSource | null,
  costNanoUsd: string | null,
  costEstimated: boolean,
];

/** About 0.7 us. Never throws for a well-typed event: what PostgreSQL would refuse is cleaned here. */
export function encodeUsageEvent(event: UsageEvent): string {
  const text = JSON.stringify(convertToTuple(event));
  // JSON.stringify writes \u only for control characters and lone surrogates, which PostgreSQL may refuse.
  const isPlain = text.length <= MAX_PLAIN_LENGTH && hasShortNames(event) && !text.includes('\\u');
  return isPlain ? text : JSON.stringify(convertToTuple(cleanEvent(event)));
}

/** Model, user and tags are in the roll-ups' indexes. */
function hasShortNames({ model, user, tags }: UsageEvent): boolean {
  if (model.length > MAX_TEXT_LENGTH || (user !== null && user.length > MAX_TEXT_LENGTH)) return false;
  for (const name in tags) {
    if (name.length > MAX_TEXT_LENGTH || (tags[name]?.length ?? 0) > MAX_TEXT_LENGTH) return false;
  }
  return true;
}

/** @throws SyntaxError or Error when the text is not a record of a known version. */
export function decodeUsageEvent(text: string): UsageEvent {
  const tuple = JSON.parse(text) as UsageTuple;
  if (tuple[0] !== VERSION) throw new Error(`Unknown usage record version ${String(tuple[0])}`);
  return {
    startedAtMs: tuple[1],
    id: tuple[2],
    durationMs: tuple[3] / 1000,
    tenantId: tuple[4],
    keyId: tuple[5],
    user: tuple[6],
    tags: tuple[7],
    dialect: tuple[8],
    model: tuple[9],
    providerId: tuple[10],
    deploymentId: tuple[11],
    upstreamModel: tuple[12],
    status: tuple[13],
    errorCode: tuple[14],
    streamed: tuple[15],
    cache: tuple[16],
    attempts: tuple[17],
    inputTokens: tuple[18],
    outputTokens: tuple[19],
    cacheReadTokens: tuple[20],
    cacheWriteTokens: tuple[21],
    reasoningTokens: tuple[22],
    countSource: tuple[23],
    costNanoUsd: tuple[24],
    costEstimated: tuple[25],
  };
}

function convertToTuple(event: UsageEvent): UsageTuple {
  return [
    VERSION,
    Math.trunc(event.startedAtMs),
    event.id,
    Math.max(0, Math.round(event.durationMs * 1000)) || 0,
    event.tenantId,
    event.keyId,
    event.user,
    event.tags,
    event.dialect,
    event.model,
    event.providerId,
    event.deploymentId,
    event.upstreamModel,
    event.status,
    event.errorCode,
    event.streamed,
    event.cache,
    event.attempts,
    toCount(event.inputTokens),
    toCount(event.outputTokens),
    toCount(event.cacheReadTokens),
    toCount(event.cacheWriteTokens),
    toCount(event.reasoningTokens),
    event.countSource,
    event.costNanoUsd,
    event.costEstimated,
  ];
}

/** A provider may report anything: what is no whole non-negative number is unknown. */
function toCount(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function cleanEvent(event: UsageEvent): UsageEvent {
  const tags: Record<string, string> = {};
  for (const [name, value] of Object.entries(event.tags).slice(0, MAX_TAGS)) tags[clip(name)] = clip(value);
  return {
    ...event,
    tags,
    model: clip(event.model),
    user: event.user === null ? null : clip(event.user),
    upstreamModel: event.upstreamModel === null ? null : clip(event.upstreamModel),
    errorCode: event.errorCode === null ? null : clip(event.errorCode),
  };
}

function clip(text: string): string {
  return cleanSqlText(text.slice(0, MAX_TEXT_LENGTH));
}
