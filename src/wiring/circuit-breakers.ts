import { Logger } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.port.js';
import { REDIS_CONNECTION, type RedisConnection } from '../storage/redis/redis-client.js';
import type { BreakerChannel } from '../support/circuit-breaker/breaker-channel.port.js';
import { CircuitBreakerModule } from '../support/circuit-breaker/circuit-breaker.module.js';
import { NoBreakerChannel } from '../support/circuit-breaker/no-breaker-channel.js';
import { RedisBreakerChannel } from '../support/circuit-breaker/redis-breaker-channel.js';

/** Breakers of this process, told to the others through Redis where there is one. One object: every importer shares it. */
export const circuitBreakers = CircuitBreakerModule.register({
  inject: [REDIS_CONNECTION, CLOCK],
  useFactory: (redis: RedisConnection | null, clock: Clock): BreakerChannel => {
    if (redis === null) return new NoBreakerChannel();
    const logger = new Logger('breakers');
    return new RedisBreakerChannel({
      commands: redis.commands,
      subscriber: redis.createSubscriber(),
      clock,
      onError: (error) => logger.debug(`Breaker states are not shared: ${(error as Error).message}`),
    });
  },
});
