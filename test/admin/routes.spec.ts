import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { AREA, VERB } from '../../src/admin/access/access-rule.ts';
import { ADMIN_OPERATIONS } from '../../src/admin/openapi/admin-operations.ts';
import { listProblems } from '../../src/admin/openapi/list-problems.ts';
import { MetricsGuard } from '../../src/admin/stats/metrics.guard.ts';
import { IpThrottlerGuard } from '../../src/pipeline/rate-limiter/ip-throttler.guard.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

const MEDIA_TYPES = [
  'application/json',
  'application/merge-patch+json',
  'application/yaml',
  'application/x-yaml',
  'text/yaml',
  'text/x-yaml',
  'text/plain',
  'text/csv',
];
const OUTSIDE_DATA_PLANE = /^\/(?:admin|metrics|health)(?:\/|$)/;

interface Route {
  name: string;
  area: unknown;
  verb: unknown;
  guards: unknown[];
}

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
});

afterAll(() => gateway.stop());

/** Routes of all controllers, by Nest's own metadata. */
function listNestRoutes(): Route[] {
  const scanner = new MetadataScanner();
  const controllers = [...gateway.app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as Record<string, object>;
    return scanner.getAllMethodNames(prototype).flatMap((member) => {
      const handler = prototype[member] as object;
      const method: unknown = Reflect.getMetadata('method', handler);
      if (typeof method !== 'number') return [];
      const read = (key: symbol): unknown =>
        Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, metatype);
      const path = joinPath(Reflect.getMetadata('path', metatype), Reflect.getMetadata('path', handler));
      const name = `${RequestMethod[method]} ${path}`;
      return [{ name, area: read(AREA), verb: read(VERB), guards: listGuards(metatype, handler) }];
    });
  });
}

const listGuards = (...places: object[]): unknown[] =>
  places.flatMap((place) => (Reflect.getMetadata('__guards__', place) as unknown[] | undefined) ?? []);

function joinPath(prefix: unknown, path: unknown): string {
  const parts = [prefix, path].flatMap((part) => String(part).split('/')).filter((part) => part !== '');
  // Fastify shows parameters of several names as one, so that only their places count.
  return `/${parts.map((part) => (/^[:{]/.test(part) ? '{}' : part)).join('/')}`;
}

/** Routes that the server really serves, whoever registered them: the lines of Fastify's own tree. */
function listServedRoutes(): string[] {
  const tree = gateway.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const parents: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const match = /^([\s│]*)[├└]── (\S*)(?: \((.+)\))?$/.exec(line);
    if (match === null) return [];
    const depth = (match[1] ?? '').length / 4;
    parents.length = depth;
    parents.push(match[2] ?? '');
    const path = joinPath('', parents.join(''));
    return (match[3] ?? '')
      .split(', ')
      .filter((method) => method !== '' && method !== 'HEAD')
      .map((method) => `${method} ${path}`);
  });
}

const outsideDataPlane = (name: string) => OUTSIDE_DATA_PLANE.test(name.slice(name.indexOf('/')));
const documented = ADMIN_OPERATIONS.map(
  ({ method, path }) => `${method.toUpperCase()} ${joinPath('', path)}`,
).sort();

it('documents every route outside the data plane, and no other', () => {
  expect(listServedRoutes().filter(outsideDataPlane).sort()).toEqual(documented);
});

it('serves no route of the admin plane that Nest, and so its guards, do not know', () => {
  const known = listNestRoutes().map(({ name }) => name);
  expect(known.filter(outsideDataPlane).sort()).toEqual(listServedRoutes().filter(outsideDataPlane).sort());
});

it('declares on every route of the admin plane who may call it', () => {
  const routes = listNestRoutes().filter(({ name }) => /^\w+ \/(?:admin|metrics)/.test(name));
  expect(routes.length).toBeGreaterThan(60);
  const undeclared = routes.filter(
    ({ area, verb }) =>
      !['platform', 'tenant', 'open'].includes(String(area)) ||
      !['read', 'read-secrets', 'write'].includes(String(verb)),
  );
  expect(undeclared).toEqual([]);
});

it('documents 429 exactly where requests or failed logins are counted by address', () => {
  const counting = new Set<unknown>([IpThrottlerGuard, MetricsGuard]);
  const counted = listNestRoutes().filter(({ guards }) => guards.some((guard) => counting.has(guard)));
  const described = ADMIN_OPERATIONS.filter((operation) => listProblems(operation).includes(429));
  const names = described.map(({ method, path }) => `${method.toUpperCase()} ${joinPath('', path)}`);
  expect(names.sort()).toEqual(
    counted
      .map(({ name }) => name)
      .filter(outsideDataPlane)
      .sort(),
  );
});

it('takes exactly the media types that are documented', async () => {
  const takeBodies = ADMIN_OPERATIONS.filter(({ body }) => body !== undefined);
  expect(takeBodies.length).toBeGreaterThan(30);
  for (const { id, method, path, body, otherBodies = [] } of takeBodies) {
    const taken: string[] = [];
    for (const mediaType of MEDIA_TYPES) {
      const headers = { authorization: `Bearer ${gateway.adminToken}`, 'content-type': mediaType };
      const init = { method: method.toUpperCase(), headers, body: '[]' };
      const { status } = await fetch(gateway.adminUrl + path, init);
      if (status !== 415) taken.push(mediaType);
    }
    const documentedTypes = [body, ...otherBodies].map((content) => content?.mediaType ?? 'application/json');
    expect({ id, taken: taken.sort() }).toEqual({ id, taken: documentedTypes.sort() });
  }
});

it('needs a token exactly where the document says so', async () => {
  for (const { method, path, isOpen } of ADMIN_OPERATIONS) {
    // To loopback the metrics are open.
    if (path === '/metrics') continue;
    const { status } = await fetch(gateway.adminUrl + path, { method: method.toUpperCase() });
    // 429 once the failed logins of this address are too many.
    expect({ path, needsToken: status === 401 || status === 429 }).toEqual({
      path,
      needsToken: isOpen !== true,
    });
  }
});
