import type { Measurement } from '../measure.ts';
import { findRelayScenario, type Scenario } from '../scenarios.ts';
import type { CountCheck } from '../stack/verify-counts.ts';
import { median } from '../statistics.ts';
import { isMet } from './judge.ts';
import { type BenchReport, round, type ScenarioFigures } from './summarise.ts';

type Row = (string | number)[];

export function printTable(head: string[], rows: Row[]): void {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('  '));
  process.stdout.write(`${lines.join('\n')}\n\n`);
}

/** Text to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

export function printScenarios(report: BenchReport, scenarios: readonly Scenario[]): void {
  const { machine } = report;
  process.stdout.write(
    `\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.platform}, Node ${machine.node}\n\n`,
  );
  const rows = report.scenarios.map((figures): Row => {
    const scenario = scenarios.find(({ name }) => name === figures.name);
    const ratios =
      scenario === undefined || figures.target === 'relay'
        ? ['', '']
        : describeRatio(report, scenario, figures);
    const { name, target, requestsPerSecond, p50Ms, p99Ms, cpuMicrosPerRequest, rssMb } = figures;
    return [
      name,
      target,
      Math.round(requestsPerSecond),
      p50Ms,
      p99Ms,
      Math.round(cpuMicrosPerRequest),
      Math.round(rssMb),
      ...ratios,
    ];
  });
  printTable(
    ['scenario', 'target', 'req/s', 'p50 ms', 'p99 ms', 'CPU us/req', 'RSS MB', 'CPU ratio', 'target ratio'],
    rows,
  );
}

/** Ratio to the relay, and to the limit where one is set. */
function describeRatio(report: BenchReport, scenario: Scenario, figures: ScenarioFigures): string[] {
  const find = (name: string, target: string): ScenarioFigures | undefined =>
    report.scenarios.find((other) => other.name === name && other.target === target);
  const relay = find(findRelayScenario(scenario), 'relay');
  const ratio =
    relay === undefined
      ? ''
      : `${(figures.cpuMicrosPerRequest / relay.cpuMicrosPerRequest).toFixed(2)} x relay`;
  const { limit } = scenario;
  const base = limit === null ? undefined : find(limit.scenario, limit.of);
  if (limit === null || base === undefined) return [ratio, ''];
  const actual = figures.cpuMicrosPerRequest / base.cpuMicrosPerRequest;
  return [
    ratio,
    `${actual.toFixed(2)} <= ${limit.ratio} x ${limit.of} ${actual <= limit.ratio ? 'ok' : 'MISSED'}`,
  ];
}

/** Added latency over one connection, first events, and what the stores cost, which is outside the measured process. */
export function printDetails(groups: readonly Measurement[][]): void {
  const take = (group: readonly Measurement[], read: (each: Measurement) => number): number =>
    round(median(group.map(read)));
  const rows = groups.map((group): Row => {
    const [first] = group;
    const stores = Object.keys(first?.storeCpuMicros ?? {});
    const costs = stores.map(
      (name) => `${name} ${Math.round(take(group, (each) => each.storeCpuMicros[name] ?? 0))}`,
    );
    const single = take(group, (each) => each.singleP50Ms);
    const event = take(group, (each) => each.firstEventP50Ms);
    return [
      first?.scenario ?? '',
      first?.target ?? '',
      Number.isNaN(single) ? '' : single,
      event === 0 ? '' : event,
      Math.round(take(group, (each) => each.saturatedCpuMicros)),
      costs.join(', '),
    ];
  });
  printTable(
    [
      'scenario',
      'target',
      'p50 ms, 1 connection',
      'first event p50 ms',
      'CPU us/req saturated',
      'stores, CPU us/req',
    ],
    rows,
  );
}

/** Stages at 2 kB beside the seed's figures and against a tenth of them, and what Redis adds to the limiter, apart. */
export function printStages(report: BenchReport): void {
  const rows = report.stages.map(({ stage, p50Ms, p99Ms, seedMs, limitMs, redisP50Ms }): Row => [
    stage,
    round(p50Ms),
    round(p99Ms),
    seedMs ?? '',
    limitMs ?? '',
    limitMs === null ? '' : describeVerdict({ actual: p50Ms, limit: limitMs }),
    redisP50Ms === null ? '' : round(redisP50Ms),
  ]);
  if (rows.length === 0) return;
  printTable(['stage, 2 kB', 'p50 ms', 'p99 ms', 'seed, ms', 'a tenth', 'p50', 'p50 ms with Redis'], rows);
  const limiter = report.stages.find(({ stage }) => stage === 'rate-limiter');
  if (typeof limiter?.redisP50Ms !== 'number') return;
  const roundTripMs = round(limiter.redisP50Ms - limiter.p50Ms);
  process.stdout.write(`The limiter's round trip to Redis: ${roundTripMs} ms (p50)\n\n`);
}

export function printPromises({ promises }: BenchReport): void {
  const rows = promises.map((promised): Row => {
    const { name, actual, limit, unit } = promised;
    return [
      name,
      `${round(actual)} ${unit}`,
      limit === null ? '' : `< ${limit} ${unit}`,
      limit === null ? '' : describeVerdict(promised),
    ];
  });
  if (rows.length > 0) printTable(['promise', 'figure', 'limit', ''], rows);
}

const describeVerdict = (judged: Parameters<typeof isMet>[0]): string => (isMet(judged) ? 'met' : 'MISSED');

export function printChecks(checks: readonly CountCheck[]): void {
  const rows = checks.map((check): Row => {
    const { name, expected, ledger, metrics, traces, duplicates, isEqual } = check;
    return [name, expected, ledger, metrics, traces, duplicates, isEqual ? 'equal' : 'DIFFERENT'];
  });
  if (rows.length > 0) printTable(['counts', 'sent', 'ledger', 'metrics', 'traces', 'duplicates', ''], rows);
}
