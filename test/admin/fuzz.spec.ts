import fc from 'fast-check';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import type { Operation } from '../../src/admin/openapi/operation.ts';
import { findUndocumented, type ReceivedAnswer } from './support/documented-answers.ts';
import { createFuzzWorld, FOREIGN_MARK, type FuzzWorld } from './support/fuzz-world.ts';
import { type FuzzRequest, hostileRequest } from './support/hostile-requests.ts';
import { agent, sendRaw } from './support/raw-request.ts';

/** Per operation; raise it to look harder. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20);

/** Words of stacks, of the database and of the file system. */
const INSIDES =
  /node_modules|\bat (?:async |new )?[\w.]+ \(|QueryFailed|violates|invalid input syntax|invalid byte|\.[jt]s:\d/;

let world: FuzzWorld;
const seen = new Map<number, number>();

beforeAll(async () => {
  world = await createFuzzWorld();
}, 60_000);

afterAll(async () => {
  agent.destroy();
  await world.stop();
});

function findLeaks(id: string, { text }: ReceivedAnswer, { isTenants }: FuzzRequest): string[] {
  const hidden = id === 'exportConfiguration' ? world.secrets : [...world.secrets, ...world.sealed];
  const leaks = hidden.filter((secret) => text.includes(secret));
  if (isTenants && text.includes(FOREIGN_MARK)) leaks.push("another tenant's name");
  const inside = INSIDES.exec(text);
  return inside === null ? leaks : [...leaks, inside[0]];
}

async function check(operation: Operation, request: FuzzRequest): Promise<void> {
  const before = await world.readState();
  const foreignBefore = await world.readForeignTenant();
  const answer = await sendRaw(world.gateway.adminUrl, request);
  const after = await world.readState();
  seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
  expect(answer.status).toBeLessThan(500);
  // The caller is known and within the limits; otherwise nothing behind the guards would be tried.
  expect([401, 429]).not.toContain(answer.status);
  expect(findUndocumented(operation, answer)).toEqual([]);
  expect(findLeaks(operation.id, answer, request)).toEqual([]);
  if (answer.status >= 400) expect(after).toEqual(before);
  // The platform's administrator may suspend it, and by chance does.
  if (request.isTenants) expect(await world.readForeignTenant()).toEqual(foreignBefore);
}

describe('hostile requests', () => {
  const operations = ADMIN_OPERATIONS.filter(({ id }) => id !== 'readMetrics');

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    '%s answers as documented, leaks nothing, and refuses without a change',
    async (_id, operation) => {
      await fc.assert(
        fc.asyncProperty(hostileRequest(operation, world), (request) => check(operation, request)),
        { numRuns: RUNS },
      );
    },
    120_000,
  );

  it('has reached what lies behind every guard and check', () => {
    for (const status of [200, 201, 400, 403, 404, 409, 412, 415, 428]) {
      expect([...seen.keys()]).toContain(status);
    }
  });

  it('has not lost a tenant', async () => {
    const { gateway, foreign } = world;
    const answer = await gateway.admin(`/tenants/${foreign['tenants']}`);
    expect(answer.json).toMatchObject({ id: foreign['tenants'] });
  });
});
