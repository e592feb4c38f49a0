import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { generateKey } from '../../tenancy/key-format.js';
import { DeclarativeConfigError } from './declarative-fault.js';
import { parseDeclarativeConfig } from './parse-declarative-config.js';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** So much of a secret must not be seen anywhere. */
const WINDOW = 8;

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokenpak-secrets-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Secrets as providers and the gateway make them: long, and with digits. */
const secretText = fc.oneof(
  fc.string({ unit: fc.constantFrom(...BASE62), minLength: 24, maxLength: 40 }).map((text) => `sk-4${text}7`),
  fc.constant(null).map(() => generateKey('tpk_')),
);

/** Every way to put a secret where one belongs, right or wrong. */
function placements(secret: string): fc.Arbitrary<unknown> {
  return fc.constantFrom<unknown>(
    secret,
    { env: secret },
    { env: 'SECRET' },
    { env: 'SECRET_WITH_SPACE' },
    { file: secret },
    { file: 'secret' },
    { file: 'secret', env: 'SECRET' },
    { sha256: secret },
    { sha256: 'ab'.repeat(32), prefix: secret },
    { [secret]: null },
    { env: { [secret]: secret } },
    [secret],
    { value: secret, '\u0000': 1 },
    { [secret]: '\u0000' },
  );
}

/** Documents with secrets in their places, with faults everywhere, and values of any type where text is due. */
function documents(secret: string): fc.Arbitrary<unknown> {
  const place = placements(secret);
  const leaf = fc.oneof(
    fc.constant(secret),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant('chat'),
  );
  const provider = fc.record(
    {
      name: leaf,
      kind: fc.oneof(leaf, fc.constantFrom('openai', 'simulated')),
      baseUrl: leaf,
      apiKey: place,
    },
    { requiredKeys: ['apiKey'] },
  );
  const deployment = fc.record({ provider: leaf, upstreamModel: leaf, weight: leaf, price: leaf });
  const budget = fc.record({
    name: leaf,
    amountUsd: leaf,
    period: leaf,
    timeZone: leaf,
    webhookUrl: fc.oneof(place, leaf),
  });
  const limit = fc.record({
    metric: leaf,
    limit: leaf,
    scope: fc.record({ key: leaf, model: leaf, tag: leaf }),
  });
  const key = fc.record({
    name: leaf,
    key: place,
    expiresAt: leaf,
    tags: fc.dictionary(fc.constant(secret), leaf),
    user: leaf,
  });
  const list = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 3 });
  return fc.record({
    providers: list(provider),
    models: list(fc.record({ name: leaf, deployments: list(deployment) })),
    budgets: list(budget),
    tenants: list(fc.record({ name: leaf, keys: list(key), rateLimits: list(limit), [secret]: leaf })),
  });
}

/** The text of a document, damaged in some places. */
function damage(text: string, edits: readonly (readonly [at: number, cut: number, put: string])[]): string {
  return edits.reduce((rest, [at, cut, put]) => {
    const start = Math.floor(at * rest.length);
    return rest.slice(0, start) + put + rest.slice(start + cut);
  }, text);
}

const edits = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(12),
    fc.constantFrom('', ':', '"', '{', '}', '*', '&', '- ', '\n', '!', '? ', '@'),
  ),
  { maxLength: 4 },
);

async function renderFaults(text: string, secret: string): Promise<string> {
  const env = { SECRET: secret, SECRET_WITH_SPACE: `${secret} ${secret}` };
  const result = await parseDeclarativeConfig(text, { env, directory });
  if (result.ok) return '';
  const error = new DeclarativeConfigError('gateway.yaml', result.faults);
  return [error.message, JSON.stringify(result.faults), String(error.cause)].join('\n');
}

function listWindows(secret: string): string[] {
  return Array.from({ length: secret.length - WINDOW + 1 }, (_, start) =>
    secret.slice(start, start + WINDOW),
  );
}

describe('faults of the declarative file', () => {
  it('never show a secret, whatever is wrong with the file and wherever the secret was put', async () => {
    const cases = secretText.chain((secret) =>
      fc.record({ secret: fc.constant(secret), document: documents(secret), asJson: fc.boolean(), edits }),
    );
    let faulty = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ secret, document, asJson, edits: changes }) => {
        writeFileSync(join(directory, 'secret'), `${secret} ${secret}`);
        const text = damage(asJson ? JSON.stringify(document) : stringify(document), changes);
        const shown = await renderFaults(text, secret);
        if (shown !== '') faulty += 1;
        expect(listWindows(secret).filter((window) => shown.includes(window))).toEqual([]);
      }),
      { numRuns: 300 },
    );
    expect(faulty).toBeGreaterThan(200);
  });
});
