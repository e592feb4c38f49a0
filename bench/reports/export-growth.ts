import { Readable } from 'node:stream';
import type { renderLedger } from '../../src/admin/usage/render-ledger.ts';
import type { UsageRepository } from '../../src/support/monitor/usage.repository.ts';
import { readRssMb } from '../stack/process-figures.ts';
import { DAY_MS, DAYS, START_MS } from './period.ts';

export interface ExportFigures {
  rows: number;
  megabytes: number;
  seconds: number;
  /** From the RSS after a tenth of the pieces, when buffers and code are warm, to the highest later on. */
  rssGrowthMb: number;
}

/** About a tenth of a million rows in pieces of 100. */
const WARM_PIECES = 1_000;
const PIECES_PER_SAMPLE = 100;

/** Reads the whole export through a stream as the admin plane sends it. */
export async function measureExport(
  usage: UsageRepository,
  render: typeof renderLedger,
): Promise<ExportFigures> {
  const range = { tenantId: null, fromMs: START_MS, toMs: START_MS + DAYS * DAY_MS, filters: {} };
  const stream = Readable.from(render(usage.exportLedger(range), 'csv'), { highWaterMark: 1 });
  const startedMs = performance.now();
  let [pieces, bytes, lines, warmMb, highestMb] = [0, 0, 0, Number.NaN, 0];
  for await (const piece of stream as AsyncIterable<string>) {
    bytes += Buffer.byteLength(piece);
    lines += piece.split('\r\n').length - 1;
    if (++pieces === WARM_PIECES) warmMb = readRssMb(process.pid);
    if (pieces > WARM_PIECES && pieces % PIECES_PER_SAMPLE === 0)
      highestMb = Math.max(highestMb, readRssMb(process.pid));
  }
  return {
    rows: lines - 1,
    megabytes: Math.round(bytes / 1e6),
    seconds: Math.round((performance.now() - startedMs) / 1_000),
    rssGrowthMb: Math.round(Math.max(0, highestMb - warmMb)),
  };
}
