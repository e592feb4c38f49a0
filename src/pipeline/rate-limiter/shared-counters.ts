import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectThrottlerStorage } from '@nestjs/throttler';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { REDIS_CONNECTION, type RedisConnection } from '../../storage/redis/redis-client.js';
import { describeCause } from './describe-cause.js';
import { InProcessQuotaStore } from './in-process-quota-store.js';
import type { IpCounts } from './ip-counts.js';
import { LiveProcesses } from './live-processes.js';
import type { QuotaStore } from './quota-store.port.js';
import { RedisQuotaStore } from './redis/redis-quota-store.js';
import { ResilientQuotaStore } from './resilient-quota-store.js';
import { SharedIpCounts } from './shared-ip-counts.js';

interface Parts {
  store: ResilientQuotaStore;
  processes: LiveProcesses;
  ipCounts: SharedIpCounts;
}

/** The counters that processes share through Redis, started and stopped with the application; without Redis this process's own. */
@Injectable()
export class SharedCounters implements OnModuleInit, OnApplicationShutdown {
  readonly store: QuotaStore;
  private readonly parts: Parts | null;

  constructor(
    @Inject(REDIS_CONNECTION) redis: RedisConnection | null,
    @Inject(CLOCK) clock: Clock,
    @InjectThrottlerStorage() counts: IpCounts,
    metrics: MetricsService,
  ) {
    this.parts = redis === null ? null : createParts({ redis, clock, counts, metrics });
    this.store = this.parts?.store ?? new InProcessQuotaStore();
  }

  onModuleInit(): void {
    this.parts?.processes.start();
    this.parts?.ipCounts.start();
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.parts === null) return;
    const { store, processes, ipCounts } = this.parts;
    await Promise.all([store.stop(), processes.stop(), ipCounts.stop()]);
  }
}

interface Surroundings {
  redis: RedisConnection;
  clock: Clock;
  counts: IpCounts;
  metrics: MetricsService;
}

function createParts({ redis, clock, counts, metrics }: Surroundings): Parts {
  const logger = new Logger('limits');
  let dropped = 0;
  metrics.observeCount(
    'limiter_dropped_settlements_total',
    'Settlements that Redis refused again and again; their use is missing in its counters, not in the ledger',
    [],
    () => [{ labels: {}, value: dropped }],
  );
  const processes = new LiveProcesses(redis);
  const store = new ResilientQuotaStore({
    shared: new RedisQuotaStore(redis),
    processes,
    clock,
    onStateChange: (cause) => {
      if (cause === null) logger.log('Redis answers again: limits are shared by all processes');
      else
        logger.warn({
          msg: 'Redis does not answer: this process keeps its share of the limits',
          cause: describeCause(cause),
        });
    },
    onDropped: (cause) => {
      dropped += 1;
      logger.error({ msg: 'Redis refused a settlement', cause: describeCause(cause) });
    },
  });
  return { store, processes, ipCounts: new SharedIpCounts(counts, redis) };
}
