import { parseArgs } from 'node:util';

export interface BenchOptions {
  rounds: number;
  /** Open-loop time per scenario, target and round. */
  openMs: number;
  /** Closed-loop time, at saturation, likewise. */
  saturationMs: number;
  warmUpMs: number;
  /** Requests over one connection, for the added latency. */
  singleRequests: number;
  connections: number;
  /** Null runs them all. */
  scenario: string | null;
  jsonFile: string | null;
  /** The relay stands in for the gateway: tries the harness itself. */
  standIn: boolean;
}

const HELP = `npm run bench -- [options]

  --quick           one short round, within 60 s
  --rounds N        interleaved rounds, medians are printed (default 5)
  --scenario NAME   only this one
  --json FILE       also write the figures as JSON
  --seconds N       open-loop seconds per scenario, target and round (default 5)
  --stand-in        measure the relay as both targets, to try the benchmark itself
`;

/** Null after printing the help. @throws on an option that does not exist. */
export function parseBenchOptions(args: string[]): BenchOptions | null {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      scenario: { type: 'string' },
      json: { type: 'string' },
      seconds: { type: 'string' },
      'stand-in': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return null;
  }
  const seconds = Number(values.seconds ?? (values.quick ? 1 : 5));
  return {
    rounds: Number(values.rounds ?? (values.quick ? 1 : 5)),
    openMs: seconds * 1_000,
    saturationMs: seconds * 400,
    // The optimising compiler is busy with the gateway for several seconds, with the relay for one.
    warmUpMs: values.quick ? 500 : 6_000,
    singleRequests: values.quick ? 300 : 2_000,
    connections: 64,
    scenario: values.scenario ?? null,
    jsonFile: values.json ?? null,
    standIn: values['stand-in'],
  };
}
