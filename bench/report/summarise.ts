import { cpus, totalmem } from 'node:os';
import type { Measurement } from '../measure.ts';
import type { Promised, StageVerdict } from './judge.ts';
import { median } from '../statistics.ts';

export interface ScenarioFigures {
  name: string;
  target: string;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuMicrosPerRequest: number;
  rssMb: number;
}

/** What `--json` writes. */
export interface BenchReport {
  machine: { cpu: string; cores: number; memoryGb: number; node: string; platform: string };
  scenarios: ScenarioFigures[];
  stages: StageVerdict[];
  promises: Promised[];
}

export function describeMachine(): BenchReport['machine'] {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
}

export function groupByScenario(measurements: readonly Measurement[]): Measurement[][] {
  return [...Map.groupBy(measurements, ({ scenario, target }) => `${scenario} ${target}`).values()];
}

/** Medians over the rounds. */
export function summarise(rounds: readonly Measurement[]): ScenarioFigures {
  const take = (read: (measurement: Measurement) => number): number => round(median(rounds.map(read)));
  return {
    name: rounds[0]?.scenario ?? '',
    target: rounds[0]?.target ?? '',
    requestsPerSecond: take((each) => each.requestsPerSecond),
    p50Ms: take((each) => each.p50Ms),
    p99Ms: take((each) => each.p99Ms),
    cpuMicrosPerRequest: take((each) => each.cpuMicrosPerRequest),
    rssMb: take((each) => each.rssMb),
  };
}

export function round(value: number): number {
  return Number(value.toPrecision(4));
}
