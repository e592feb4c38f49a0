import type { UsageRepository } from '../../src/support/monitor/usage.repository.ts';
import { median } from '../statistics.ts';
import type { ReportCase } from './report-cases.ts';

const RUNS = 5;

export interface TimedReport {
  name: string;
  /** Null: refused, because the report has more rows than one may have; the refusal is timed like an answer. */
  rows: number | null;
  medianMs: number;
}

export async function timeReports(
  usage: UsageRepository,
  cases: readonly ReportCase[],
): Promise<TimedReport[]> {
  const timed: TimedReport[] = [];
  for (const one of cases) timed.push(await timeReport(usage, one));
  return timed;
}

async function timeReport(usage: UsageRepository, { name, query }: ReportCase): Promise<TimedReport> {
  const timesMs: number[] = [];
  let rows: number | null = 0;
  for (let run = 0; run < RUNS; run++) {
    const startedMs = performance.now();
    rows = await countRows(usage, query);
    timesMs.push(performance.now() - startedMs);
  }
  return { name, rows, medianMs: median(timesMs) };
}

async function countRows(usage: UsageRepository, query: ReportCase['query']): Promise<number | null> {
  try {
    return (await usage.queryUsage(query)).length;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'invalid_request') return null;
    throw error;
  }
}
