import { renderUsd } from '../../common/money.js';
import type { UsageEvent } from '../../support/monitor/usage-event.js';
import { renderCsvLine } from './render-csv.js';

/** Rows in one piece of text: few enough to stay small, enough that pieces cost nothing. */
const PIECE_ROWS = 100;

const COLUMNS = [
  'startedAt',
  'id',
  'tenantId',
  'keyId',
  'user',
  'tags',
  'dialect',
  'model',
  'providerId',
  'deploymentId',
  'upstreamModel',
  'status',
  'errorCode',
  'streamed',
  'cache',
  'attempts',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'countSource',
  'costUsd',
  'costNanoUsd',
  'costEstimated',
] as const;

type LedgerView = Record<(typeof COLUMNS)[number], unknown>;

/** One ledger row as the export shows it. Money is text; what is not known is null. */
function renderLedgerRow({ startedAtMs, ...event }: UsageEvent) {
  const { costNanoUsd } = event;
  return {
    startedAt: new Date(startedAtMs).toISOString(),
    ...event,
    costUsd: costNanoUsd === null ? null : renderUsd(BigInt(costNanoUsd)),
  } satisfies LedgerView;
}

/** The rows as text, some at a time: with CSV a header and a line for each, tags as JSON; else a JSON object a line. */
export async function* renderLedger(
  rows: AsyncIterable<UsageEvent>,
  format: 'csv' | 'ndjson',
): AsyncGenerator<string> {
  const renderLine = format === 'csv' ? renderLedgerCsvLine : renderLedgerJsonLine;
  let lines = format === 'csv' ? [renderCsvLine(COLUMNS)] : [];
  for await (const row of rows) {
    lines.push(renderLine(row));
    if (lines.length < PIECE_ROWS) continue;
    yield lines.join('');
    lines = [];
  }
  if (lines.length > 0) yield lines.join('');
}

function renderLedgerJsonLine(event: UsageEvent): string {
  return `${JSON.stringify(renderLedgerRow(event))}\n`;
}

function renderLedgerCsvLine(event: UsageEvent): string {
  const row = { ...renderLedgerRow(event), tags: JSON.stringify(event.tags) };
  return renderCsvLine(COLUMNS.map((column) => row[column]));
}
