import { Redis } from 'ioredis';
import { ManualClock, SystemClock } from '../../common/clock.port.js';
import { createId, type DeploymentId } from '../../common/ids.js';
import type { BreakerSettings } from '../../tenancy/config-snapshot.js';
import { DEFAULT_BREAKER } from '../../tenancy/defaults.js';
import type { BreakerChannel, BreakerMessage } from './breaker-channel.port.js';
import { parseBreakerMessage, renderBreakerMessage } from './breaker-message.js';
import { RedisBreakerChannel } from './redis-breaker-channel.js';
import { SharedCircuitBreakers } from './shared-circuit-breakers.js';

const SETTINGS: BreakerSettings = {
  ...DEFAULT_BREAKER,
  consecutiveFailures: 3,
  openSeconds: 10,
  halfOpenSuccesses: 1,
};

/** Joins processes in memory: delivers at once, keeps the last message per deployment. */
class Hub {
  private readonly channels: HubChannel[] = [];
  readonly kept = new Map<DeploymentId, BreakerMessage>();

  join(): HubChannel {
    const channel = new HubChannel(this);
    this.channels.push(channel);
    return channel;
  }

  deliver(from: HubChannel, message: BreakerMessage): void {
    this.kept.set(message.deploymentId, message);
    for (const channel of this.channels) if (channel !== from) channel.handler?.(message);
  }
}

class HubChannel implements BreakerChannel {
  handler: ((message: BreakerMessage) => void) | null = null;
  published = 0;

  constructor(private readonly hub: Hub) {}

  publish(message: BreakerMessage): void {
    this.published += 1;
    this.hub.deliver(this, message);
  }

  subscribe(handler: (message: BreakerMessage) => void): void {
    this.handler = handler;
  }

  recall(deploymentIds: readonly DeploymentId[]): void {
    for (const id of deploymentIds) {
      const message = this.hub.kept.get(id);
      if (message) this.handler?.(message);
    }
  }

  onGap(): void {
    return;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function createPair() {
  const clock = new ManualClock();
  const hub = new Hub();
  const channels = [hub.join(), hub.join()] as const;
  const [a, b] = [
    new SharedCircuitBreakers(clock, channels[0]),
    new SharedCircuitBreakers(clock, channels[1]),
  ];
  const id = createId<DeploymentId>();
  for (const breakers of [a, b]) breakers.tryAcquire(id, SETTINGS)?.release();
  return { clock, hub, channels, a, b, id };
}

function fail(breakers: SharedCircuitBreakers, id: DeploymentId, times: number): void {
  for (let count = 0; count < times; count++) breakers.tryAcquire(id, SETTINGS)?.recordFailure('status 500');
}

describe('SharedCircuitBreakers', () => {
  it('opens in every process when it opens in one, and nobody repeats the news', () => {
    const { a, b, id, channels } = createPair();
    fail(a, id, 3);
    expect(b.tryAcquire(id, SETTINGS)).toBeNull();
    expect(b.retryAfterMs(id)).toBe(10_000);
    expect(channels.map(({ published }) => published)).toEqual([1, 0]);
  });

  it('closes in every process when the probe of one succeeded', () => {
    const { a, b, id, clock } = createPair();
    fail(a, id, 3);
    clock.advance(10_000);
    b.tryAcquire(id, SETTINGS)?.recordSuccess(5);
    expect(a.listStatus()[0]?.breaker.state).toBe('closed');
  });

  it('takes over the doubled open time of another process', () => {
    const { a, b, id, clock } = createPair();
    fail(a, id, 3);
    clock.advance(10_000);
    fail(b, id, 1);
    expect(a.retryAfterMs(id)).toBe(20_000);
  });

  it('takes over a cooldown', () => {
    const { a, b, id } = createPair();
    a.coolDown(id, 4_000);
    expect(b.retryAfterMs(id)).toBe(4_000);
    expect(b.listStatus()[0]?.breaker.state).toBe('closed');
  });

  it('publishes one cooldown for many answers that say the same', () => {
    const { a, id, channels } = createPair();
    for (let count = 0; count < 100; count++) a.coolDown(id, 4_000 + count);
    expect(channels[0].published).toBe(1);
  });

  it('learns the state of a deployment it calls for the first time', () => {
    const { a, id, hub, clock } = createPair();
    fail(a, id, 3);
    const late = new SharedCircuitBreakers(clock, hub.join());
    expect(late.tryAcquire(id, SETTINGS)).toBeNull();
  });

  it('does not open by news from before its last close', () => {
    const { a, b, id, clock, channels } = createPair();
    fail(a, id, 3);
    const old = {
      type: 'open' as const,
      sinceMs: clock.nowMs(),
      untilMs: clock.nowMs() + 60_000,
      reason: 'x',
      reopens: 0,
    };
    clock.advance(10_000);
    b.tryAcquire(id, SETTINGS)?.recordSuccess(5);
    channels[1].handler?.({ deploymentId: id, transition: old });
    expect(b.isProviderHealthy(id)).toBe(true);
  });

  it('is not locked out by a clock that runs ahead', () => {
    const { b, id, clock, channels } = createPair();
    const untilMs = clock.nowMs() + 86_400_000;
    const transition = {
      type: 'open' as const,
      sinceMs: clock.nowMs() + 3_600_000,
      untilMs,
      reason: 'x',
      reopens: 0,
    };
    channels[1].handler?.({ deploymentId: id, transition });
    expect(b.retryAfterMs(id)).toBe(80_000);
  });
});

describe('parseBreakerMessage', () => {
  const transition = { type: 'open', sinceMs: 1, untilMs: 2, reason: 'r', reopens: 0 } as const;
  const message = { sender: 's', deploymentId: 'd' as DeploymentId, transition };

  it('reads what was rendered', () => {
    expect(parseBreakerMessage(renderBreakerMessage(message))).toEqual(message);
  });

  it.each(['', 'x', '[]', '{}', '{"sender":"s","deploymentId":"d","transition":{"type":"explode"}}'])(
    'refuses %s',
    (text) => {
      expect(parseBreakerMessage(text)).toBeNull();
    },
  );

  it('refuses times that are none', () => {
    const broken = { ...message, transition: { ...transition, untilMs: '2' } };
    expect(parseBreakerMessage(JSON.stringify(broken))).toBeNull();
  });
});

describe('RedisBreakerChannel', () => {
  const url = process.env.TEST_REDIS_URL ?? '';
  const open: Redis[] = [];

  function createProcess(onError: (error: unknown) => void = () => undefined) {
    const options = { enableOfflineQueue: false, retryStrategy: () => 20 };
    const [commands, subscriber] = [new Redis(url, options), new Redis(url, options)];
    commands.on('error', onError);
    subscriber.on('error', onError);
    const channel = new RedisBreakerChannel({ commands, subscriber, clock: new SystemClock(), onError });
    const breakers = new SharedCircuitBreakers(new SystemClock(), channel);
    open.push(commands, subscriber);
    const ready = Promise.all([commands, subscriber].map((redis) => waitForEvent(redis, 'ready')));
    return { breakers, commands, subscriber, ready };
  }

  function waitForEvent(redis: Redis, event: string): Promise<void> {
    return new Promise((resolve) => redis.once(event, () => resolve()));
  }

  async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function waitForSubscribers(redis: Redis, count: number): Promise<void> {
    await waitUntil(async () => Number((await redis.pubsub('NUMSUB', 'tokenpak:breakers'))[1]) >= count);
  }

  afterEach(() => {
    // A second disconnect of an ended connection would leave ioredis's own timer behind.
    for (const redis of open.splice(0)) if (redis.status !== 'end') redis.disconnect();
  });

  it('carries a transition to a running process and to one that starts later', async () => {
    const [a, b] = [createProcess(), createProcess()];
    await Promise.all([a.ready, b.ready]);
    await waitForSubscribers(a.commands, 2);
    const id = createId<DeploymentId>();
    b.breakers.tryAcquire(id, SETTINGS)?.release();
    fail(a.breakers, id, 3);
    await waitUntil(() => !b.breakers.isProviderHealthy(id));
    const late = createProcess();
    await late.ready;
    late.breakers.tryAcquire(id, SETTINGS)?.release();
    await waitUntil(() => !late.breakers.isProviderHealthy(id));
    const ttlMs = await a.commands.pttl(`tokenpak:breaker:{${id}}:state`);
    expect(ttlMs).toBeGreaterThan(5_000);
    expect(ttlMs).toBeLessThanOrEqual(10_000);
  });

  it('catches up after its subscription was lost', async () => {
    const [a, b] = [createProcess(), createProcess()];
    await Promise.all([a.ready, b.ready]);
    await waitForSubscribers(a.commands, 2);
    const id = createId<DeploymentId>();
    b.breakers.tryAcquire(id, SETTINGS)?.release();
    b.subscriber.disconnect(false);
    await waitForEvent(b.subscriber, 'end');
    fail(a.breakers, id, 3);
    await waitUntil(async () => (await a.commands.exists(`tokenpak:breaker:{${id}}:state`)) === 1);
    expect(b.breakers.isProviderHealthy(id)).toBe(true);
    await b.subscriber.connect();
    await waitUntil(() => !b.breakers.isProviderHealthy(id));
  });

  it('decides locally and reports while Redis is away', async () => {
    const errors: unknown[] = [];
    const a = createProcess((error) => errors.push(error));
    await a.ready;
    a.commands.disconnect(false);
    a.subscriber.disconnect(false);
    await Promise.all([a.commands, a.subscriber].map((redis) => waitForEvent(redis, 'end')));
    const id = createId<DeploymentId>();
    fail(a.breakers, id, 3);
    expect(a.breakers.tryAcquire(id, SETTINGS)).toBeNull();
    await waitUntil(() => errors.length > 0);
  });
});
