import { EXAMPLE } from '../../../src/admin/openapi/example-values.ts';
import type { Operation } from '../../../src/admin/openapi/operation.ts';
import { NOBODY, type Names } from './isolation-world.ts';

export interface AdminCall {
  method: string;
  /** Below `/admin/v1`. */
  path: string;
  body?: unknown;
}

/** A call of one tenant's people about another tenant, and the same about what does not exist. */
export interface Probe {
  about: string;
  foreign: AdminCall;
  missing: AdminCall;
}

/**
 * - `open`: needs no token, and shows nobody's data.
 * - `platform`: tenants' people have no business there.
 * - `narrowed`: no id in its path; shows or makes what is the caller's.
 * - `named`: its path names a tenant or a row.
 */
export type IsolationCase =
  | { kind: 'open' }
  | { kind: 'platform'; probes: Probe[] }
  | { kind: 'narrowed'; probes: Probe[]; overview: AdminCall | null }
  | { kind: 'named'; probes: Probe[] };

const ROOT = '/admin/v1';
const RANGE = 'from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z';
const PLATFORM_PATH = /^\/admin\/v1\/(?:policies|rate-limits|budgets|admins|export|import)(?:\/|$)/;
const TENANT_PATH = /^\/admin\/v1\/tenants(?:\/\{id\})?$/;

/** A query, or members that replace those of the operation's example. */
type Variation = { query: string } | { body: object };

interface NarrowedCase {
  /** How one can try to reach the tenant of these names. */
  vary: (names: Names, own: Names) => Variation[];
  /** Query of the request that shows the platform all tenants' data; null where nothing is listed. */
  overview: string | null;
}

/** Of a report: by tenant, and by what else of the tenant it can be filtered by. */
const byTenant = (query: string, filter: (names: Names) => string[] = () => []) => ({
  vary: (names: Names) =>
    [`tenantId=${names.tenantId}`, ...filter(names)].map((by) => ({ query: `${by}&${query}` })),
  overview: query,
});
const ledgerFilters = ({ rows, mark }: Names) => [
  `keyId=${rows['keys']}`,
  `providerId=${rows['providers']}`,
  `model=${mark}-model`,
];
const byOwner = (name: string) => ({
  vary: ({ tenantId, mark }: Names) => [
    { query: `owner=${tenantId}` },
    { query: `${name}=${name === 'name' ? mark : `${mark}-upstream`}` },
  ],
  overview: 'limit=200',
});
const asOwner = { vary: ({ tenantId }: Names) => [{ body: { owner: tenantId } }], overview: null };

/** For each operation whose path names nothing. */
const NARROWED: Record<string, NarrowedCase> = {
  listTenants: { vary: ({ mark }) => [{ query: `name=${mark}` }], overview: 'limit=200' },
  listProviders: byOwner('name'),
  listModels: byOwner('name'),
  listRoutingRules: byOwner('name'),
  listPrices: byOwner('upstreamModel'),
  listUnpricedModels: { vary: () => [], overview: '' },
  createProvider: asOwner,
  createPrice: asOwner,
  createModel: {
    vary: ({ tenantId, rows }) => [
      { body: { owner: tenantId } },
      { body: { deployments: [{ providerId: rows['providers'], upstreamModel: 'm' }] } },
    ],
    overview: null,
  },
  createRoutingRule: {
    vary: ({ tenantId, rows, mark }, own) => {
      const action = { type: 'use-model', model: `${own.mark}-model` };
      return [
        { body: { owner: tenantId, action } },
        { body: { conditions: { keyId: rows['keys'] }, action } },
        { body: { conditions: {}, action: { type: 'use-model', model: `${mark}-model` } } },
        { body: { conditions: {}, action: { type: 'use-providers', providers: [`${mark}-own`] } } },
      ];
    },
    overview: null,
  },
  explainRouting: {
    vary: ({ tenantId, rows, mark }, own) => [
      { body: { tenantId } },
      { body: { tenantId: own.tenantId, model: `${mark}-model` } },
      { body: { tenantId: own.tenantId, model: `${own.mark}-model`, keyId: rows['keys'] } },
    ],
    overview: null,
  },
  readUsage: byTenant(`${RANGE}&groupBy=tenant,model,provider`, ledgerFilters),
  exportUsage: byTenant(RANGE, ledgerFilters),
  readRefusals: byTenant(RANGE, ({ rows }) => [`keyId=${rows['keys']}`]),
  listTraces: byTenant('limit=200', ({ mark }) => [`model=${mark}-model`, `provider=${mark}-own`]),
  readStats: byTenant(''),
  listAuditLog: byTenant('format=ndjson', ({ tenantId, rows }) => [
    `resourceId=${rows['keys']}`,
    `resourceId=${tenantId}`,
  ]),
};

/** @throws for an operation of which nobody has said how tenants are kept apart in it. */
export function describeIsolation(operation: Operation, own: Names, foreign: Names): IsolationCase {
  const { id, path, method, isOpen } = operation;
  // Open to this machine; elsewhere the platform's.
  if (isOpen === true || path === '/metrics') return { kind: 'open' };
  const named = probePaths(operation, own, foreign);
  if (PLATFORM_PATH.test(path) || (TENANT_PATH.test(path) && method !== 'get')) {
    return { kind: 'platform', probes: named };
  }
  if (path.includes('{')) return { kind: 'named', probes: named };
  const narrowed = NARROWED[id];
  if (narrowed === undefined) throw new Error(`No isolation case for ${id} (${method} ${path})`);
  const { vary, overview } = narrowed;
  const [calls, nobodys] = [foreign, NOBODY].map((names) =>
    vary(names, own).map((variation) => toCall(operation, own, variation)),
  ) as [AdminCall[], AdminCall[]];
  const probes = calls.map((call, index) => ({
    about: call.body === undefined ? call.path : JSON.stringify(call.body),
    foreign: call,
    missing: nobodys[index] as AdminCall,
  }));
  return {
    kind: 'narrowed',
    probes,
    overview: overview === null ? null : toCall(operation, own, { query: overview }),
  };
}

function toCall(operation: Operation, own: Names, variation: Variation): AdminCall {
  const path = operation.path.slice(ROOT.length);
  if ('query' in variation) {
    const query = variation.query.replace(/&$/, '');
    return { method: operation.method, path: query === '' ? path : `${path}?${query}` };
  }
  return { method: operation.method, path, body: { ...exampleOf(operation, own), ...variation.body } };
}

/** The example, about rows of the caller. */
function exampleOf({ body }: Operation, own: Names): object | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body.example)
    .replaceAll(EXAMPLE.tenantId, own.tenantId)
    .replaceAll(EXAMPLE.keyId, own.rows['keys'] ?? '')
    .replaceAll(EXAMPLE.providerId, own.rows['providers'] ?? '');
  return JSON.parse(text) as object;
}

/** Another tenant's row under the caller's own tenant, and everything under the other tenant. */
function probePaths(operation: Operation, own: Names, foreign: Names): Probe[] {
  const { path, method } = operation;
  const body = exampleOf(operation, own);
  const call = (tenant: Names, row: Names): AdminCall => ({
    method,
    path: fillPath(path.slice(ROOT.length), tenant, row),
    ...(body === undefined ? {} : { body }),
  });
  const places: [string, Names, Names, Names][] = [];
  const hasTenant = path.includes('{tenantId}');
  if (path.includes('{id}')) places.push(["the other's row", own, foreign, NOBODY]);
  if (hasTenant) places.push(['the other tenant', foreign, foreign, NOBODY]);
  if (hasTenant && path.includes('{id}')) places.push(["the caller's row", foreign, own, NOBODY]);
  if (places.length === 0) places.push(['nothing', own, own, own]);
  return places.map(([about, tenant, row, nobody]) => ({
    about,
    foreign: call(tenant, row),
    missing: call(about === "the other's row" ? tenant : NOBODY, nobody),
  }));
}

function fillPath(path: string, tenant: Names, row: Names): string {
  const collection = /([a-z-]+)\/\{id\}/.exec(path)?.[1] ?? '';
  const ids: Record<string, string | undefined> = {
    tenants: row.tenantId,
    traces: row.requestId,
    admins: NOBODY.tenantId,
  };
  return path
    .replace('{tenantId}', tenant.tenantId)
    .replace('{id}', ids[collection] ?? row.rows[collection] ?? NOBODY.tenantId);
}
