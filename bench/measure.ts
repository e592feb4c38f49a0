import type { BenchOptions } from './options.ts';
import type { LoadPlan, LoadResult } from './processes/load-plan.ts';
import { buildBodyParts, type Scenario, type Target } from './scenarios.ts';
import { type Child, receiveMessage } from './stack/child-process.ts';
import { readCpuMicros, readRssMb, readTreeCpuMicros } from './stack/process-figures.ts';

/** A process that is measured, and what it makes others work. */
export interface Measured {
  target: Target;
  /** `gateway-redis` counts apart from `gateway`. */
  name: string;
  origin: string;
  pid: number;
  headers: Record<string, string>;
  /** PostgreSQL and Redis that only this process uses, for the figures printed apart. */
  stores: { name: string; pid: number }[];
  /** Requests sent to it so far, counted for the comparison with the ledger. */
  sent: number;
}

/** One scenario against one target in one round. */
export interface Measurement {
  scenario: string;
  target: Target;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  firstEventP50Ms: number;
  /** p50 over one connection, closed loop. */
  singleP50Ms: number;
  cpuMicrosPerRequest: number;
  /** The same in the closed loop, where the target never waits. */
  saturatedCpuMicros: number;
  rssMb: number;
  /** CPU of the stores per request, microseconds, by name. */
  storeCpuMicros: Record<string, number>;
}

let runNumber = 0;

/** Sends load and checks every answer. @throws when one was not what the scenario says. */
export class Measurer {
  private readonly load: Child;
  private readonly options: BenchOptions;

  constructor(load: Child, options: BenchOptions) {
    this.load = load;
    this.options = options;
  }

  async warmUp(scenario: Scenario, measured: Measured): Promise<void> {
    await this.fillCache(scenario, measured);
    await this.send(scenario, measured, { ratePerSecond: null, durationMs: this.options.warmUpMs });
  }

  /** Load at the scenario's rate, for figures that the target itself keeps. */
  async drive(scenario: Scenario, measured: Measured): Promise<void> {
    const { warmUpMs, openMs } = this.options;
    await this.send(scenario, measured, {
      ratePerSecond: scenario.ratePerSecond,
      // Long enough for the median to be that of code that has become warm.
      durationMs: warmUpMs + 2 * openMs,
    });
  }

  async measure(scenario: Scenario, measured: Measured): Promise<Measurement> {
    const { openMs, saturationMs, singleRequests } = this.options;
    // The misses of other scenarios may have driven the answer out.
    await this.fillCache(scenario, measured);
    const cpuBefore = readCpuMicros(measured.pid);
    const storesBefore = readStores(measured);
    const open = await this.send(scenario, measured, {
      ratePerSecond: scenario.ratePerSecond,
      durationMs: openMs,
    });
    const cpu = readCpuMicros(measured.pid) - cpuBefore;
    const stores = subtract(readStores(measured), storesBefore, open.sent);
    const rssMb = readRssMb(measured.pid);
    const saturatedBefore = readCpuMicros(measured.pid);
    const saturated = await this.send(scenario, measured, { ratePerSecond: null, durationMs: saturationMs });
    const saturatedCpu = readCpuMicros(measured.pid) - saturatedBefore;
    const single = scenario.streams
      ? null
      : await this.send(scenario, measured, {
          ratePerSecond: null,
          durationMs: 60_000,
          maxRequests: singleRequests,
          connections: 1,
        });
    return {
      scenario: scenario.name,
      target: measured.target,
      requestsPerSecond: (saturated.sent * 1_000) / saturated.elapsedMs,
      p50Ms: open.p50Ms,
      p99Ms: open.p99Ms,
      firstEventP50Ms: open.firstEventP50Ms,
      singleP50Ms: single?.p50Ms ?? Number.NaN,
      cpuMicrosPerRequest: cpu / open.sent,
      saturatedCpuMicros: saturatedCpu / saturated.sent,
      rssMb,
      storeCpuMicros: stores,
    };
  }

  /** The first request of a hit scenario is a miss; it is sent alone so that nobody shares its flight. */
  private async fillCache(scenario: Scenario, measured: Measured): Promise<void> {
    if (scenario.cache !== 'hit' || measured.target !== 'gateway') return;
    const plan = this.buildPlan(scenario, measured, {
      ratePerSecond: null,
      durationMs: 60_000,
      maxRequests: 1,
      connections: 1,
    });
    await this.run(plan, measured);
  }

  private async send(scenario: Scenario, measured: Measured, change: Partial<LoadPlan>): Promise<LoadResult> {
    const result = await this.run(this.buildPlan(scenario, measured, change), measured);
    assertAnswers(result, scenario, measured);
    return result;
  }

  private buildPlan(scenario: Scenario, measured: Measured, change: Partial<LoadPlan>): LoadPlan {
    runNumber += 1;
    return {
      origin: measured.origin,
      path: '/v1/chat/completions',
      headers: measured.headers,
      bodyParts: buildBodyParts(scenario),
      uniquePrefix: scenario.cache === 'hit' ? null : `${process.pid}.${runNumber}.`,
      connections: this.options.connections,
      ratePerSecond: null,
      durationMs: 1_000,
      maxRequests: null,
      streams: scenario.streams,
      ...change,
    };
  }

  private async run(plan: LoadPlan, measured: Measured): Promise<LoadResult> {
    this.load.process.send(plan);
    const answer = await receiveMessage<{ type: string; result: LoadResult; message: string }>(
      this.load,
      plan.durationMs + 60_000,
    );
    if (answer.type !== 'result') throw new Error(`The load process failed: ${answer.message}`);
    measured.sent += answer.result.sent;
    return answer.result;
  }
}

function assertAnswers(result: LoadResult, scenario: Scenario, measured: Measured): void {
  const where = `${scenario.name} at ${measured.name}`;
  const { sent, statuses, cacheOutcomes, brokenStreams } = result;
  if (statuses['200'] !== sent)
    throw new Error(`${where}: not all of ${sent} answers are 200: ${JSON.stringify(statuses)}`);
  if (brokenStreams > 0) throw new Error(`${where}: ${brokenStreams} streams were not complete`);
  if (measured.target === 'gateway' && cacheOutcomes[scenario.cache] !== sent) {
    throw new Error(
      `${where}: not all of ${sent} answers were a ${scenario.cache}: ${JSON.stringify(cacheOutcomes)}`,
    );
  }
}

function readStores(measured: Measured): Record<string, number> {
  return Object.fromEntries(measured.stores.map(({ name, pid }) => [name, readTreeCpuMicros(pid)]));
}

function subtract(
  after: Record<string, number>,
  before: Record<string, number>,
  requests: number,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, micros]) => [name, (micros - (before[name] ?? 0)) / requests]),
  );
}
