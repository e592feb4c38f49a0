import { Logger, type Provider } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config/gateway-config.js';
import { REDIS_CONNECTION, type RedisConnection } from '../storage/redis/redis-client.js';
import { NoRemoteTraces } from '../support/tracing/no-remote-traces.js';
import { RedisRemoteTraces } from '../support/tracing/redis-remote-traces.js';
import { REMOTE_TRACES, type RemoteTraces } from '../support/tracing/remote-traces.port.js';
import { DEFAULT_TRACE_OPTIONS, TRACE_OPTIONS, type TraceOptions } from '../support/tracing/trace-options.js';
import { TraceRing } from '../support/tracing/trace-ring.js';
import { TracingModule } from '../support/tracing/tracing.module.js';
import { monitor } from './monitor.js';

const options: Provider = {
  provide: TRACE_OPTIONS,
  inject: [GATEWAY_CONFIG],
  useFactory: ({ traceSampleRatio }: GatewayConfig): TraceOptions => ({
    ...DEFAULT_TRACE_OPTIONS,
    sampleRatio: traceSampleRatio,
  }),
};

/** Without Redis there is one process. */
const remoteTraces: Provider = {
  provide: REMOTE_TRACES,
  inject: [REDIS_CONNECTION, TraceRing],
  useFactory: (redis: RedisConnection | null, ring: TraceRing): RemoteTraces => {
    if (redis === null) return new NoRemoteTraces();
    const logger = new Logger('traces');
    return new RedisRemoteTraces({
      commands: redis.commands,
      subscriber: redis.createSubscriber(),
      ring,
      onError: (error) => logger.debug(`Traces of other processes: ${(error as Error).message}`),
    });
  },
};

/** One object: every importer shares it. */
export const tracing = TracingModule.forRoot({ monitor, options, remoteTraces });
