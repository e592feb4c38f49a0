import { configureOne } from '../support/gateway-configs.ts';
import { RefusalLedger } from '../../src/support/monitor/refusal-ledger.service.ts';
import { eventually } from '../support/eventually.ts';
import { TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

/** 1 USD per million input tokens, 2 per million output tokens: see gateway-configs.ts. */
describe.each(['in process', 'with Redis'])('limits and budgets over HTTP, %s', (kind) => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({
      ...(kind === 'with Redis' ? { redisUrl: process.env['TEST_REDIS_URL'] ?? '' } : {}),
      config: {
        ...configureOne('openai', upstream),
        models: [
          {
            name: 'public',
            deployments: [
              {
                provider: 'openai',
                upstreamModel: 'm',
                price: { inputUsdPerMTok: '1', outputUsdPerMTok: '2' },
              },
            ],
          },
          { name: 'free-of-price', deployments: [{ provider: 'openai', upstreamModel: 'nobody-knows' }] },
        ],
        tenants: [
          {
            name: 'ten',
            keys: [{ name: 'ten' }],
            rateLimits: [{ metric: 'requests', limit: 10, windowSeconds: 60 }],
          },
          { name: 'slots', keys: [{ name: 'slots' }], rateLimits: [{ metric: 'concurrency', limit: 3 }] },
          {
            name: 'tokens',
            keys: [{ name: 'tokens' }],
            rateLimits: [{ metric: 'tokens', limit: 2_000, windowSeconds: 60 }],
          },
          {
            name: 'tags',
            keys: [{ name: 'tags' }],
            rateLimits: [{ scope: { tag: 'team=a' }, metric: 'requests', limit: 1, windowSeconds: 60 }],
          },
          {
            name: 'hard',
            keys: [{ name: 'hard' }],
            budgets: [{ amountUsd: '0.001', period: 'day', timeZone: 'UTC', mode: 'hard' }],
          },
          {
            name: 'thrifty',
            keys: [{ name: 'thrifty' }],
            budgets: [{ amountUsd: '0.001', period: 'day', timeZone: 'UTC', mode: 'hard' }],
          },
          {
            name: 'soft',
            keys: [{ name: 'soft' }],
            budgets: [{ amountUsd: '0.000001', period: 'day', timeZone: 'UTC', mode: 'soft' }],
          },
          {
            name: 'asker',
            keys: [{ name: 'asker' }],
            rateLimits: [
              { metric: 'requests', limit: 3, windowSeconds: 60 },
              { metric: 'tokens', limit: 5, windowSeconds: 60 },
            ],
            budgets: [{ amountUsd: '0.000000001', period: 'day', timeZone: 'UTC', mode: 'hard' }],
          },
          { name: 'open', keys: [{ name: 'main' }] },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });
  beforeEach(() => upstream.reset());

  const chatAs = (name: string, body: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    gateway.chat(body, { authorization: `Bearer ${gateway.key(name)}`, ...headers });
  const countTokensAs = (name: string) =>
    gateway.post(
      '/v1/messages/count_tokens',
      { model: 'public', messages: [{ role: 'user', content: 'How many tokens are in this question?' }] },
      { authorization: `Bearer ${gateway.key(name)}` },
    );
  const repeat = <Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => make(index)));

  it('lets exactly 10 of 30 concurrent requests through a limit of 10 and says how long to wait', async () => {
    const answers = await repeat(30, () => chatAs('ten'));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    expect(refused).toHaveLength(20);
    expect(refused[0]?.json.error.code).toBe('rate_limit_exceeded');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('x-ratelimit-limit-requests')).toBe('10');
    expect(refused[0]?.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(upstream.requests).toHaveLength(10);
  });

  it('counts refusals, but writes no ledger row for them', async () => {
    const rows = await gateway.ledger(10);
    expect(rows.every(({ status }) => status === 200)).toBe(true);
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/tokenpak_limiter_refusals_total\{limit="requests"\} \d+/);
  });

  it('shows that nothing was lost on the way to PostgreSQL, Redis and webhooks', async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    const losses = text.match(/^tokenpak_\w*(?:dropped|failed_writes|undelivered)\w*(?:\{.*\})? \d+$/gm);
    expect(losses?.sort()).toEqual([
      'tokenpak_budget_alerts_undelivered_total 0',
      ...(kind === 'with Redis' ? ['tokenpak_cache_failed_writes_total 0'] : []),
      ...(kind === 'with Redis' ? ['tokenpak_limiter_dropped_settlements_total 0'] : []),
      'tokenpak_refusals_dropped_total 0',
      'tokenpak_traces_dropped_total{destination="collector"} 0',
      'tokenpak_traces_dropped_total{destination="postgresql"} 0',
    ]);
  });

  it('counts refusals per key, limit and minute, for whoever may see the tenant', async () => {
    const rows: { tenantId: string; metric: string; refusals: number }[] = [];
    for (const interval of ['minute', 'hour', 'day']) {
      // Partitions are still being made when the gateway has just started; a statement may meet them half way.
      const data = await eventually(async () => {
        await gateway.app.get(RefusalLedger).flush();
        const { json } = await gateway.admin(`/usage/refusals?interval=${interval}`);
        return json.data.length > 0 ? json.data : null;
      });
      const sum = data.reduce((total: number, row: { refusals: number }) => total + row.refusals, 0);
      expect(sum).toBe(20);
      rows.push(...data);
    }
    const [{ id }] = await gateway.query("SELECT id FROM tenants WHERE name = 'ten'");
    expect(rows.every(({ tenantId, metric }) => tenantId === id && metric === 'requests')).toBe(true);
    // What was stored once is not stored again.
    await gateway.app.get(RefusalLedger).flush();
    const again = await gateway.admin(`/usage/refusals?tenantId=${id}&interval=day`);
    expect(again.json.data).toMatchObject([{ refusals: 20 }]);
  });

  it('holds 3 concurrent requests and frees a slot when one ends', async () => {
    upstream.setDefault({ headDelayMs: 300 });
    const answers = await repeat(5, () => chatAs('slots'));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    upstream.setDefault({});
    expect((await chatAs('slots')).status).toBe(200);
  });

  it('reserves tokens before and corrects them after', async () => {
    expect((await chatAs('tokens', { max_tokens: 5_000 })).status).toBe(429);
    const answer = await chatAs('tokens', { max_tokens: 1_000 });
    expect(answer.status).toBe(200);
    // With Redis the correction follows the answer within milliseconds.
    const later = await eventually(async () => {
      const next = await chatAs('tokens', { max_tokens: 1_000 });
      return next.status === 200 ? next : null;
    });
    expect(Number(later.headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(0);
  });

  it('applies a limit of a tag to requests with that tag alone', async () => {
    const tagged = { 'x-tokenpak-tags': 'team=a' };
    expect((await chatAs('tags', {}, tagged)).status).toBe(200);
    expect((await chatAs('tags', {}, tagged)).status).toBe(429);
    expect((await chatAs('tags', {}, { 'x-tokenpak-tags': 'team=b' })).status).toBe(200);
  });

  it('never overspends a hard budget, whatever comes at the same time', async () => {
    upstream.setDefault({ headDelayMs: 30 });
    const answers = await repeat(60, (index) =>
      chatAs('hard', { max_tokens: 100, messages: [{ role: 'user', content: `n${index}` }] }),
    );
    upstream.setDefault({});
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 402]));
    const refused = answers.find(({ status }) => status === 402);
    expect(refused?.json.error.code).toBe('budget_exceeded');
    expect(refused?.headers.get('x-should-retry')).toBe('false');
    const [sum] = await eventually(async () => {
      const rows = await gateway.query(
        `SELECT sum(cost_nano_usd)::text AS cost, count(*)::int AS rows FROM usage_ledger l JOIN tenants t ON t.id = l.tenant_id WHERE t.name = 'hard'`,
      );
      return rows[0].rows === 60 ? rows : null;
    });
    expect(Number(sum.cost)).toBeGreaterThan(0);
    expect(BigInt(sum.cost)).toBeLessThanOrEqual(1_000_000n);
  });

  it('sends the default maximum upstream when a hard budget has to know one', async () => {
    await chatAs('hard', {}).then(() => undefined);
    const open = await chatAs('main', {});
    expect(open.status).toBe(200);
    expect(upstream.requests.at(-1)?.json).not.toHaveProperty('max_tokens');
  });

  it('refuses an unpriced model under a hard money budget only', async () => {
    const refused = await chatAs('hard', { model: 'free-of-price' });
    expect([refused.status, refused.json.error.code]).toEqual([403, 'model_unpriced']);
    const open = await chatAs('main', { model: 'free-of-price' });
    expect([open.status, open.headers.get('x-tokenpak-cost-usd')]).toEqual([200, 'unknown']);
  });

  it('lets a soft budget be passed', async () => {
    expect((await chatAs('soft')).status).toBe(200);
    expect((await chatAs('soft')).status).toBe(200);
  });

  it('answers from the cache though the budget is empty', async () => {
    const ask = (content: string, more: Record<string, unknown> = {}) =>
      chatAs('thrifty', { temperature: 0, max_tokens: 100, messages: [{ role: 'user', content }], ...more });
    upstream.enqueue({ text: 'cheap' });
    const first = await ask('known');
    expect([first.status, first.headers.get('x-tokenpak-cache')]).toEqual([200, 'miss']);
    // 1,000,000 nano-USD of output, which is all there is.
    upstream.setDefault({
      rawBody: '{"choices":[{"message":{}}],"usage":{"prompt_tokens":1,"completion_tokens":500}}',
    });
    // With Redis, what the first did not use comes back within milliseconds.
    await eventually(async () => ((await ask('dear', { max_tokens: 300 })).status === 200 ? true : null));
    upstream.setDefault({});
    const hit = await ask('known');
    expect([hit.status, hit.headers.get('x-tokenpak-cache')]).toEqual([200, 'hit']);
    expect(hit.text).toBe(first.text);
    const other = await ask('unknown');
    expect([other.status, other.json.error.code]).toEqual([402, 'budget_exceeded']);
    expect(upstream.requests).toHaveLength(2);
  });

  it('counts a question for tokens as a request, and not in tokens or money', async () => {
    const answers = [];
    for (let count = 0; count < 4; count += 1) answers.push(await countTokensAs('asker'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[0]?.json.input_tokens).toBeGreaterThan(5);
    expect(answers[0]?.headers.get('x-ratelimit-remaining-requests')).toBe('2');
    const refused = answers[3];
    expect(refused?.json).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', details: { error_code: 'rate_limit_exceeded' } },
    });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(upstream.requests).toEqual([]);
  });

  it('lets a question for tokens hold a slot while it is answered', async () => {
    upstream.setDefault({ headDelayMs: 300 });
    const chats = repeat(3, () => chatAs('slots'));
    await eventually(() => (upstream.requests.length === 3 ? true : null));
    const refused = await countTokensAs('slots');
    expect([refused.status, refused.json.error.details.limit_metric]).toEqual([429, 'concurrency']);
    await chats;
    upstream.setDefault({});
    // With Redis slots are free within milliseconds. More questions than slots, one after the other: each gives its own back.
    for (let count = 0; count < 4; count += 1)
      await eventually(async () => ((await countTokensAs('slots')).status === 200 ? true : null));
  });

  it('tells the key what it has left', async () => {
    const { status, json } = await gateway.send('/v1/key', {
      headers: { authorization: `Bearer ${gateway.key('hard')}` },
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: 'hard',
      models: ['free-of-price', 'public'],
      tenant: { name: 'hard' },
    });
    expect(JSON.stringify(json)).not.toContain(gateway.key('hard'));
  });
});

describe('the limit per address', () => {
  it('refuses before any key is looked at', async () => {
    const upstream = await startOpenAiUpstream();
    const gateway = await TestGateway.start({
      config: configureOne('openai', upstream),
      env: { IP_RATE_LIMIT: '5', TRUSTED_PROXIES: '1' },
    });
    const from = (ip: string, path = '/v1/models') =>
      gateway.send(path, { headers: { 'x-forwarded-for': ip, authorization: 'Bearer nobody' } });
    const statuses = [];
    for (let count = 0; count < 7; count += 1) statuses.push((await from('203.0.113.7')).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await from('203.0.113.8')).status).toBe(401);
    expect((await from('203.0.113.7', '/v1/nothing')).status).toBe(429);
    // Two addresses of one /64 are one client's.
    const six = [];
    for (let count = 0; count < 6; count += 1)
      six.push((await from(count % 2 === 0 ? '2001:db8:1:2::1' : '2001:db8:1:2:ffff::9')).status);
    expect(six).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await from('2001:db8:1:3::1')).status).toBe(401);
    await gateway.stop();
    await upstream.close();
  });
});
