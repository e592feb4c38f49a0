import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { createId, type TenantId } from '../../common/ids.js';
import type { GatewayConfig } from '../../config/gateway-config.js';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import type { BudgetConfig } from '../../tenancy/config-snapshot.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { AlertWebhook } from './alert-webhook.js';
import { BudgetAlertsService } from './budget-alerts.service.js';
import { CompiledBudget } from './compiled-quota.js';
import { connectRedis } from './testing/connect-redis.js';
import { eventually } from './testing/eventually.js';
import { createBudget } from './testing/limiter-fixtures.js';

const NOON_MS = Date.UTC(2026, 4, 17, 12);
const DAY_MS = 86_400_000;

/** Takes what is posted and answers as it is told. */
class Receiver {
  readonly received: { path: string | undefined; body: Record<string, unknown> }[] = [];
  status = 204;
  private readonly server: Server = createServer((request, response) => {
    void readBody(request).then((body) => {
      this.received.push({ path: request.url, body: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(this.status, { location: '/elsewhere' }).end();
    });
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook?secret=s`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

let redis: RedisConnection;
let receiver: Receiver;
let url: string;

beforeAll(async () => {
  redis = await connectRedis();
});
afterAll(() => redis.close());
beforeEach(async () => {
  receiver = new Receiver();
  url = await receiver.start();
});
afterEach(() => receiver.stop());

function captureLog(): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const warn = (line: Record<string, unknown>): void => void lines.push(line);
  Logger.overrideLogger({ warn, log: () => undefined, error: () => undefined });
  return lines;
}

function createAlerts(
  connection: RedisConnection | null,
  metrics = new MetricsService(),
): BudgetAlertsService {
  return new BudgetAlertsService({ allowPrivateUpstreams: true } as GatewayConfig, connection, metrics);
}

const createAlarmed = (change: Partial<BudgetConfig> = {}): CompiledBudget =>
  new CompiledBudget(createBudget({ amountNanoUsd: 1_000n, alertPercents: [50, 80, 100], ...change }));

describe.each(['in process', 'with Redis'])('BudgetAlertsService %s', (kind) => {
  const connection = (): RedisConnection | null => (kind === 'with Redis' ? redis : null);

  it('says each threshold once in a period', async () => {
    const lines = captureLog();
    const alerts = createAlerts(connection());
    const budget = createAlarmed();
    const tenantId = createId<TenantId>();
    const observe = (used: bigint, nowMs = NOON_MS): void =>
      alerts.observe({ tenantId, budget, used, nowMs });
    for (const used of [0n, 499n, 500n, 600n, 850n, 820n, 1_200n, 1_200n]) observe(used);
    observe(600n, NOON_MS + DAY_MS);
    await eventually(() => (lines.length >= 4 ? lines : null));
    expect(lines.map(({ msg, percent }) => [msg, percent])).toEqual([
      ['budget_alert', 50],
      ['budget_alert', 80],
      ['budget_alert', 100],
      ['budget_alert', 50],
    ]);
    await alerts.onApplicationShutdown();
  });
});

describe('BudgetAlertsService', () => {
  it('lets only one of several processes say it', async () => {
    const lines = captureLog();
    const processes = [createAlerts(redis), createAlerts(redis), createAlerts(redis)];
    const budget = createAlarmed({ alertPercents: [50], webhookUrl: url });
    const tenantId = createId<TenantId>();
    for (const alerts of processes) alerts.observe({ tenantId, budget, used: 500n, nowMs: NOON_MS });
    await eventually(() => (receiver.received.length > 0 ? true : null));
    await redis.commands.ping();
    expect([lines.length, receiver.received.length]).toEqual([1, 1]);
    await Promise.all(processes.map((alerts) => alerts.onApplicationShutdown()));
  });

  it('posts what happened, and nothing that is secret is logged', async () => {
    const lines = captureLog();
    const alerts = createAlerts(null);
    const budget = createAlarmed({
      alertPercents: [80],
      webhookUrl: url,
      scope: { user: 'u' },
      amountNanoUsd: 2_000_000_000n,
    });
    const tenantId = createId<TenantId>();
    alerts.observe({ tenantId, budget, used: 1_700_000_000n, nowMs: NOON_MS });
    const [{ path, body }] = await eventually(() =>
      receiver.received.length > 0 ? (receiver.received as [(typeof receiver.received)[0]]) : null,
    );
    expect(path).toBe('/hook?secret=s');
    expect(body).toEqual({
      type: 'budget_alert',
      tenantId,
      budgetId: budget.id,
      scope: { user: 'u' },
      mode: 'hard',
      percent: 80,
      unit: 'usd',
      limit: '2',
      used: '1.7',
      period: 'day',
      periodStartsAt: '2026-05-17T00:00:00.000Z',
      periodEndsAt: '2026-05-18T00:00:00.000Z',
    });
    expect(JSON.stringify(lines)).not.toContain('secret');
    await alerts.onApplicationShutdown();
  });
});

describe('an alert that cannot be delivered', () => {
  it('is logged and counted', async () => {
    const lines = captureLog();
    const metrics = new MetricsService();
    const alerts = createAlerts(null, metrics);
    const budget = createAlarmed({ alertPercents: [50], webhookUrl: 'ftp://elsewhere' });
    alerts.observe({ tenantId: createId<TenantId>(), budget, used: 500n, nowMs: NOON_MS });
    await eventually(() => (lines.length === 2 ? true : null));
    expect(lines[1]).toMatchObject({ msg: 'A budget alert was not delivered' });
    expect(await metrics.renderMetrics()).toContain('tokenpak_budget_alerts_undelivered_total 1\n');
    await alerts.onApplicationShutdown();
  });
});

describe('AlertWebhook', () => {
  function setUp(allowPrivateAddresses = true) {
    const givenUp: unknown[] = [];
    const options = {
      allowPrivateAddresses,
      retryDelaysMs: [1, 1, 1],
      onGivenUp: (cause: unknown) => givenUp.push(cause),
    };
    return { webhook: new AlertWebhook(options), givenUp };
  }

  it.each([500, 302])(
    'repeats three times what is answered with %d, follows nothing and gives up',
    async (status) => {
      receiver.status = status;
      const { webhook, givenUp } = setUp();
      webhook.send(url, {});
      await eventually(() => (givenUp.length > 0 ? true : null));
      expect(receiver.received.map(({ path }) => path)).toEqual(Array<string>(4).fill('/hook?secret=s'));
      await webhook.close();
    },
  );

  it('reaches no private address unless that is allowed, and no URL that is none', async () => {
    const { webhook, givenUp } = setUp(false);
    webhook.send(url, {});
    webhook.send('file:///etc/passwd', {});
    webhook.send('http://user:password@example.com/', {});
    await eventually(() => (givenUp.length === 3 ? true : null));
    expect(receiver.received).toEqual([]);
    await webhook.close();
  });

  it('holds no more than 100 deliveries', async () => {
    const { webhook, givenUp } = setUp();
    for (let index = 0; index < 150; index += 1) webhook.send(url, { index });
    expect(givenUp).toHaveLength(50);
    await eventually(() => (receiver.received.length === 100 ? true : null));
    await webhook.close();
  });
});
