import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Measured, type Measurement, Measurer } from './measure.ts';
import { type BenchOptions, parseBenchOptions } from './options.ts';
import { judgePromises, judgeStages, type StartFigures } from './report/judge.ts';
import {
  printChecks,
  printDetails,
  printPromises,
  printScenarios,
  printStages,
} from './report/print-report.ts';
import { type BenchReport, describeMachine, groupByScenario, summarise } from './report/summarise.ts';
import { findRelayScenario, type Scenario, SCENARIOS, STAGE_SCENARIO } from './scenarios.ts';
import { type BenchStack, describeGateway, describeRelay, type RunningGateway } from './stack/bench-stack.ts';
import { readStages, type StageFigures } from './stack/gateway-numbers.ts';
import { readRssMb } from './stack/process-figures.ts';
import { type CountCheck, verifyCounts } from './stack/verify-counts.ts';
import { withStack } from './stack/with-stack.ts';

/**
 * The benchmark: a mock upstream, a bare relay and the gateway, each a process of its own, loaded in turn by another one.
 *
 * 1. Everything is started on 127.0.0.1; PostgreSQL and Redis are no children of what is measured.
 * 2. Requests of 2 kB alone, before all others, show what each stage takes by the gateway's own figures.
 * 3. Every target is warmed up; then rounds run all scenarios, relay and gateway interleaved, so that a slow minute of the
 *    machine hits both. A round's figures for a scenario: an open loop at a fixed rate (latency corrected for coordinated
 *    omission, CPU, RSS), a closed loop at saturation (requests per second), a closed loop on one connection.
 * 4. Medians over the rounds are printed, the ratio to the relay beside the limit.
 *
 * Fails when an answer is not 200, a stream is not complete, a miss hits or a hit misses, or when ledger, metrics and traces
 * do not count exactly the requests that were sent.
 */
interface Lane {
  scenario: Scenario;
  measured: Measured;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

async function run(stack: BenchStack, options: BenchOptions): Promise<boolean> {
  const wanted = SCENARIOS.filter(({ name }) => options.scenario === null || name === options.scenario);
  if (wanted.length === 0)
    throw new Error(
      `No scenario is named ${options.scenario}: ${SCENARIOS.map(({ name }) => name).join(', ')}`,
    );
  const upstream = await stack.startProcess('mock-upstream');
  const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
  const relay = describeRelay(await stack.startProcess('relay', { BENCH_UPSTREAM: upstreamUrl }));
  const gateways = options.standIn ? [] : await startGateways(stack, upstreamUrl, wanted);
  const starts = gateways.map(({ name, process: { pid, readyMs } }): StartFigures => ({
    name,
    readyMs,
    rssMb: readRssMb(pid),
  }));
  const measured = new Map(gateways.map((gateway) => [gateway.name, describeGateway(gateway)]));
  const lanes = buildLanes(wanted, relay, measured);
  const measurer = new Measurer(await stack.startProcess('load'), options);
  const stages = await measureStages(measurer, gateways, measured);
  const groups = groupByScenario(await measureAll(lanes, measurer, options.rounds));
  const report: BenchReport = {
    machine: describeMachine(),
    scenarios: groups.map(summarise),
    stages: judgeStages(stages.get('gateway') ?? [], stages.get('gateway-redis') ?? []),
    promises: judgePromises(starts, groups),
  };
  const checks = await checkCounts(stack, lanes, gateways);
  printScenarios(report, SCENARIOS);
  printDetails(groups);
  printStages(report);
  printPromises(report);
  printChecks(checks);
  if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  return checks.every(({ isEqual }) => isEqual);
}

async function startGateways(
  stack: BenchStack,
  upstream: string,
  wanted: readonly Scenario[],
): Promise<RunningGateway[]> {
  await stack.startStores(wanted.some(({ redis }) => redis));
  const gateways: RunningGateway[] = [];
  // The translated scenario is compared with the pass-through one, which the gateway without Redis always runs.
  if (wanted.some(({ redis }) => !redis)) gateways.push(await stack.startGateway('gateway', upstream));
  if (stack.redis !== null)
    gateways.push(await stack.startGateway('gateway-redis', upstream, { usesRedis: true }));
  return gateways;
}

/** Which scenario runs against which process, the relay first, once per body and form. */
function buildLanes(
  wanted: readonly Scenario[],
  relay: Measured,
  measured: ReadonlyMap<string, Measured>,
): Lane[] {
  const relayNames = new Set(wanted.map(findRelayScenario));
  const lanes: Lane[] = [];
  for (const scenario of SCENARIOS) {
    if (relayNames.has(scenario.name)) lanes.push({ scenario, measured: relay });
  }
  // Only the harness is tried: the relay stands in for the gateway.
  if (measured.size === 0)
    return lanes.flatMap((lane) => [lane, { ...lane, measured: { ...relay, name: 'stand-in' } }]);
  const needed = new Set(
    wanted.flatMap(({ name, limit }) => (limit?.of === 'gateway' ? [name, limit.scenario] : [name])),
  );
  for (const scenario of SCENARIOS.filter(({ name }) => needed.has(name))) {
    const target = measured.get(scenario.redis ? 'gateway-redis' : 'gateway');
    if (target !== undefined) lanes.push({ scenario, measured: target });
  }
  return lanes;
}

/** By the name of the gateway. Its figures are sums since its start, so nothing else may have been sent before. */
async function measureStages(
  measurer: Measurer,
  gateways: readonly RunningGateway[],
  measured: ReadonlyMap<string, Measured>,
): Promise<Map<string, StageFigures[]>> {
  const stages = new Map<string, StageFigures[]>();
  for (const { name, process: child, options } of gateways) {
    const target = measured.get(name);
    if (target === undefined) continue;
    await measurer.drive(STAGE_SCENARIO, target);
    stages.set(name, await readStages(child.origin, options.adminToken));
  }
  return stages;
}

/** Round by round; within one, the targets of a body follow each other. */
async function measureAll(
  lanes: readonly Lane[],
  measurer: Measurer,
  rounds: number,
): Promise<Measurement[]> {
  for (const { scenario, measured } of lanes) await measurer.warmUp(scenario, measured);
  const ordered = [...lanes].sort((left, right) => order(left) - order(right));
  const measurements: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { scenario, measured } of ordered)
      measurements.push(await measurer.measure(scenario, measured));
    process.stdout.write(`round ${round + 1} of ${rounds} done\n`);
  }
  return measurements;
}

function order({ scenario }: Lane): number {
  return SCENARIOS.findIndex(({ name }) => name === scenario.name.replace('-redis', ''));
}

async function checkCounts(
  stack: BenchStack,
  lanes: readonly Lane[],
  gateways: readonly RunningGateway[],
): Promise<CountCheck[]> {
  const checks: CountCheck[] = [];
  for (const { name, process: child, options } of gateways) {
    const sent = lanes.find(({ measured }) => measured.name === name)?.measured.sent ?? 0;
    const source = {
      name,
      origin: child.origin,
      adminToken: options.adminToken,
      databaseUrl: options.databaseUrl,
    };
    if (stack.postgres !== null) checks.push(await verifyCounts(stack.postgres, source, sent));
  }
  return checks;
}

const options = parseBenchOptions(process.argv.slice(2));
if (options !== null) process.exit((await withStack(ROOT, (stack) => run(stack, options))) ? 0 : 1);
