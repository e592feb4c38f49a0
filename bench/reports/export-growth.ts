import { Readable } from 'node:stream';
import type { renderLedger } from '../../src/admin/usage/render-ledger.ts';
import type { UsageRepository } from '../../src/support/monitor/usage.repository.ts';
import { readRssMb } from '../stack/process-figures.ts';
import { DAY_MS, DAYS, START_MS } from './period.ts';

export interface ExportFigures {
  rows: number;
  megabytes: number;
  seconds: number;
  /** Highest RSS of the first export, in which V8 sizes its young generation, whatever the export does. */
  firstRssMb: number;
  /** From there to the highest of a second export of the same rows: what is kept of a row would show. */
  rssGrowthMb: number;
}

const PIECES_PER_SAMPLE = 100;

/** Reads the whole export twice, through a stream as the admin plane sends it. */
export async function measureExport(
  usage: UsageRepository,
  render: typeof renderLedger,
): Promise<ExportFigures> {
  const first = await runExport(usage, render);
  const second = await runExport(usage, render);
  return {
    rows: first.rows,
    megabytes: first.megabytes,
    seconds: first.seconds,
    firstRssMb: first.highestMb,
    rssGrowthMb: Math.max(0, second.highestMb - first.highestMb),
  };
}

async function runExport(usage: UsageRepository, render: typeof renderLedger) {
  const range = { tenantId: null, fromMs: START_MS, toMs: START_MS + DAYS * DAY_MS, filters: {} };
  const stream = Readable.from(render(usage.exportLedger(range), 'csv'), { highWaterMark: 1 });
  const startedMs = performance.now();
  let [pieces, bytes, lines, highestMb] = [0, 0, 0, 0];
  for await (const piece of stream as AsyncIterable<string>) {
    bytes += Buffer.byteLength(piece);
    lines += piece.split('\r\n').length - 1;
    if (++pieces % PIECES_PER_SAMPLE === 0) highestMb = Math.max(highestMb, readRssMb(process.pid));
  }
  return {
    rows: lines - 1,
    megabytes: Math.round(bytes / 1e6),
    seconds: Math.round((performance.now() - startedMs) / 1_000),
    highestMb: Math.round(highestMb),
  };
}
