import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Measurer, type Measured } from './measure.ts';
import { parseBenchOptions } from './options.ts';
import { printTable } from './report/print-report.ts';
import { SCENARIOS } from './scenarios.ts';
import { measureMillionKeys } from './scale/million-keys.ts';
import { seedTenants, type SeedSize } from './scale/seed-tenants.ts';
import { type BenchStack, describeGateway } from './stack/bench-stack.ts';
import { floodWithForgedKeys } from './scale/forged-keys.ts';
import { readRssMb } from './stack/process-figures.ts';
import { withStack } from './stack/with-stack.ts';
import { median } from './statistics.ts';

/**
 * Whether size costs: one gateway with an ordinary configuration and one with 10,000 tenants, 100,000 keys and 1,000 policies,
 * measured in turn. Then a flood of well-formed keys that nobody made, the start of the large one, and a million more keys.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SIZE: SeedSize = { tenants: 10_000, keysPerTenant: 10, policies: 1_000 };
const LIMITS = { cpuRatio: 1.1, startMs: 5_000, forgedMicros: 30 };

async function main(stack: BenchStack): Promise<boolean> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options === null) return true;
  const upstream = `http://127.0.0.1:${(await stack.startProcess('mock-upstream')).port}`;
  await stack.startStores(false);
  const small = await stack.startGateway('small', upstream);
  const large = await stack.startGateway('large', upstream);
  const smallRssMb = readRssMb(large.process.pid);
  await large.process.stop();
  await seedTenants(large.options.databaseUrl, SIZE);
  await stack.restart(large);
  const startMs = large.process.readyMs;
  const largeRssMb = readRssMb(large.process.pid);

  const load = await stack.startProcess('load');
  const ratio = await compareCpu(
    new Measurer(load, options),
    describeGateway(small),
    describeGateway(large),
    options.rounds,
  );
  const forged = await floodWithForgedKeys(ROOT, load, large, stack);
  const rows: [string, string, boolean][] = [
    [
      'CPU per request, large / small',
      `${ratio.toFixed(3)} (limit ${LIMITS.cpuRatio})`,
      ratio <= LIMITS.cpuRatio,
    ],
    [
      'start with everything loaded',
      `${Math.round(startMs)} ms (limit ${LIMITS.startMs})`,
      startMs <= LIMITS.startMs,
    ],
    ['RSS after start, small, large', `${Math.round(smallRssMb)}, ${Math.round(largeRssMb)} MB`, true],
    [
      'CPU of a forged key',
      `${forged.micros.toFixed(1)} us (${forged.everyRound.map((micros) => micros.toFixed(1)).join(', ')}; limit ${LIMITS.forgedMicros})`,
      forged.micros <= LIMITS.forgedMicros,
    ],
    ['CPU of its whole request, HTTP included', `${forged.requestMicros.toFixed(1)} us`, true],
    ['queries of forged keys', `${forged.queries} for ${forged.sent}`, forged.queries < forged.sent / 4],
  ];
  printRows('10,000 tenants, 100,000 keys, 1,000 policies', rows);
  const more = await measureMillionKeys(ROOT, stack, large, largeRssMb);
  printRows('a million keys more', more);
  return [...rows, ...more].every(([, , isMet]) => isMet);
}

function printRows(title: string, rows: readonly [string, string, boolean][]): void {
  printTable(
    [title, 'figure', ''],
    rows.map(([name, figure, isMet]) => [name, figure, isMet ? 'ok' : 'MISSED']),
  );
}

async function compareCpu(
  measurer: Measurer,
  small: Measured,
  large: Measured,
  rounds: number,
): Promise<number> {
  const scenario = SCENARIOS.find(({ name }) => name === 'json-0.3k');
  if (scenario === undefined) throw new Error('The scenario is gone');
  for (const target of [small, large]) await measurer.warmUp(scenario, target);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await measurer.measure(scenario, small);
    const after = await measurer.measure(scenario, large);
    ratios.push(after.cpuMicrosPerRequest / before.cpuMicrosPerRequest);
  }
  return median(ratios);
}

process.exit((await withStack(ROOT, main)) ? 0 : 1);
