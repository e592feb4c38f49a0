import type { UsageRepository } from '../../src/support/monitor/usage.repository.ts';
import { median } from '../statistics.ts';
import type { ReportCase } from './report-cases.ts';

const RUNS = 5;

export interface TimedReport {
  name: string;
  rows: number;
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
  let rows = 0;
  for (let run = 0; run < RUNS; run++) {
    const startedMs = performance.now();
    ({ length: rows } = await usage.queryUsage(query));
    timesMs.push(performance.now() - startedMs);
  }
  return { name, rows, medianMs: median(timesMs) };
}
