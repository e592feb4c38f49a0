import fc from 'fast-check';
import { EXAMPLE } from '../../../src/admin/openapi/example-values.ts';
import type { Operation } from '../../../src/admin/openapi/operation.ts';
import type { FuzzWorld } from './fuzz-world.ts';
import { hostileBytes, hostileCursor, hostileHeader, hostileJson, hostileText } from './hostile-values.ts';
import type { RawRequest } from './raw-request.ts';

const UNKNOWN_ID = '0197f3a0-7c1e-7000-8000-0000000000ff';
/** Of which a request has up to seven, twice, at three characters a byte; a head has 16 KiB. */
const LONGEST_TEXT_IN_URL = 300;

export interface FuzzRequest extends RawRequest {
  /** Whether another tenant's names would be a leak. */
  isTenants: boolean;
}

/** Requests to one operation: some right, most wrong in one or several places. */
export function hostileRequest(operation: Operation, world: FuzzWorld): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      path: hostilePath(operation, world),
      query: hostileQuery(operation, world),
      headers: hostileHeaders(operation),
      body: operation.body === undefined ? fc.constant(null) : hostileBody(operation, world),
      caller: fc.constantFrom(...world.tokens),
    })
    .map(({ path, query, headers, body, caller }) => ({
      method: operation.method.toUpperCase(),
      path: path + query,
      headers: { authorization: `Bearer ${caller.token}`, ...headers },
      body,
      isTenants: caller.isTenants,
    }));
}

/** Percent-encoded byte by byte, so that nothing on the way takes offence. */
const encode = (text: string): string =>
  [...Buffer.from(text).subarray(0, LONGEST_TEXT_IN_URL)]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('');

function hostilePath({ path }: Operation, world: FuzzWorld): fc.Arbitrary<string> {
  const parts = path.split('/').map((part, index, all) => {
    if (!part.startsWith('{')) return fc.constant(part);
    return hostileId(world, all[index - 1] ?? '');
  });
  return fc.tuple(...parts).map((chosen) => chosen.join('/'));
}

function hostileId({ own, foreign, platform }: FuzzWorld, collection: string): fc.Arbitrary<string> {
  const real = own[collection] ?? platform[collection] ?? UNKNOWN_ID;
  const elsewhere = [foreign[collection], platform[collection]].map((id) => id ?? UNKNOWN_ID);
  const shapes = [
    UNKNOWN_ID,
    real.toUpperCase(),
    real.replaceAll('-', ''),
    `%7B${real}%7D`,
    `urn:uuid:${real}`,
    `${real}%00`,
    `${real}%0A`,
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '%ED%A0%80',
    '%2e%2e',
    '%2F',
    '%25',
    '1',
    '%zz',
    '%',
  ];
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(real) },
    { weight: 2, arbitrary: fc.constantFrom(...elsewhere) },
    { weight: 2, arbitrary: fc.constantFrom(...shapes) },
    { weight: 2, arbitrary: hostileText().map(encode) },
  );
}

function hostileQuery({ query }: Operation, { own, foreign }: FuzzWorld): fc.Arbitrary<string> {
  const ids = [own['tenants'], own['keys'], own['providers'], foreign['tenants']].map(
    (id) => id ?? UNKNOWN_ID,
  );
  const known = Object.keys(query?.shape ?? {});
  const name = fc.oneof(
    { weight: known.length === 0 ? 0 : 8, arbitrary: fc.constantFrom(...known, 'limit') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('unknown', '__proto__', 'constructor', 'limit[]', 'a[b]', 'toString', ''),
    },
    { weight: 1, arbitrary: hostileText().map(encode) },
  );
  const plausible = [
    '1',
    '200',
    '201',
    'name',
    '-name',
    'json',
    'csv',
    'ndjson',
    'day',
    'true',
    'model,status',
  ];
  const value = fc.oneof(
    fc.constantFrom(...plausible, ...ids, ...ids.map((id) => id.toUpperCase()), EXAMPLE.instant).map(encode),
    hostileText().map(encode),
    hostileCursor().map(encode),
    fc.constantFrom('%', '%zz', '%ED%A0%80', '%00', '&', '='),
  );
  const member = fc.tuple(name, value, fc.boolean()).map(([key, text, isTwice]) => {
    const pair = `${key}=${text}`;
    return isTwice ? `${pair}&${pair}` : pair;
  });
  return fc
    .array(member, { maxLength: 3 })
    .map((members) => (members.length === 0 ? '' : `?${members.join('&')}`));
}

function hostileHeaders({ method, needsIfMatch, takesIdempotencyKey, body }: Operation) {
  // What the other operations need must not be deleted by a request that happens to be right.
  const rightTags = method === 'delete' ? ['"0"'] : ['*', '"1"', '"2"'];
  const tag = fc.oneof(fc.constantFrom<string | undefined>(...rightTags, undefined), hostileHeader());
  const key = fc.oneof(
    fc.constantFrom<string | string[] | undefined>(undefined, undefined, 'again', ['one', 'two']),
    fc.uuid(),
    hostileHeader(),
  );
  const type = fc.oneof(
    { weight: 8, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'application/merge-patch+json',
        'text/plain',
        'application/json; charset=utf-16',
        ';',
      ),
    },
  );
  return fc
    .record({
      'if-match': needsIfMatch === true ? tag : fc.constant(undefined),
      'idempotency-key': takesIdempotencyKey === true ? key : fc.constant(undefined),
      'content-type': body === undefined ? fc.constant(undefined) : type,
    })
    .map((headers) => {
      const given = Object.entries(headers).filter(([, value]) => value !== undefined);
      return Object.fromEntries(given) as Record<string, string | string[]>;
    });
}

function hostileBody(operation: Operation, world: FuzzWorld): fc.Arbitrary<Buffer> {
  const example = withRealIds(operation.body?.example, world.own);
  const inUpperCase = withRealIds(
    operation.body?.example,
    Object.fromEntries(Object.entries(world.own).map(([name, id]) => [name, id.toUpperCase()])),
  );
  const paths = listPaths(example);
  const change = fc.tuple(
    fc.oneof(
      fc.constantFrom(...paths),
      hostileText().map((name) => [name.slice(0, 300)]),
    ),
    hostileJson(),
  );
  const changed = fc
    .tuple(fc.constantFrom(example, inUpperCase), fc.array(change, { maxLength: 3 }))
    .map(([whole, changes]) =>
      changes.reduce<unknown>((body, [path, value]) => replaceAt(body, path, value), whole),
    );
  return fc.oneof(
    { weight: 10, arbitrary: changed.map((body) => Buffer.from(JSON.stringify(body ?? null))) },
    { weight: 1, arbitrary: hostileJson().map((body) => Buffer.from(JSON.stringify(body ?? null))) },
    { weight: 1, arbitrary: hostileBytes() },
  );
}

/** The example, about objects that exist, and with no address outside this machine. */
function withRealIds(example: unknown, own: FuzzWorld['own']): unknown {
  const ids: [string, string | undefined][] = [
    [EXAMPLE.tenantId, own['tenants']],
    [EXAMPLE.keyId, own['keys']],
    [EXAMPLE.providerId, own['providers']],
    ['gpt-public', 'own'],
    ['https://api.openai.com/v1', 'http://127.0.0.1:9/v1'],
  ];
  const text = ids.reduce((all, [from, to]) => all.replaceAll(from, to ?? from), JSON.stringify(example));
  return JSON.parse(text);
}

type Path = readonly (string | number)[];

function listPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, member]) => listPaths(member, [...path, name]));
  return path.length === 0 ? inner : [path, ...inner];
}

function replaceAt(target: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (Array.isArray(target)) {
    return target.map((item, index) =>
      String(index) === String(first) ? replaceAt(item, rest, value) : item,
    );
  }
  if (typeof target !== 'object' || target === null) return target;
  const old: unknown = Object.hasOwn(target, first) ? (target as Record<string, unknown>)[first] : undefined;
  return { ...target, [first]: replaceAt(old, rest, value) };
}
