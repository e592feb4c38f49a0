import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { BREAKER_CHANNEL, type BreakerChannel } from './breaker-channel.port.js';
import { CIRCUIT_BREAKERS } from './circuit-breaker.port.js';
import { SharedCircuitBreakers } from './shared-circuit-breakers.js';

export interface CircuitBreakerModuleOptions {
  /** Modules that provide what `inject` names, and CLOCK unless it is global. */
  imports?: ModuleMetadata['imports'];
  inject?: (string | symbol | (abstract new (...args: never[]) => unknown))[];
  /** Makes the channel between processes: a RedisBreakerChannel, or NoBreakerChannel for a single process. */
  useFactory: (...dependencies: never[]) => BreakerChannel | Promise<BreakerChannel>;
}

/** Provides CIRCUIT_BREAKERS. The channel is closed with the module. */
@Module({})
export class CircuitBreakerModule {
  static register(options: CircuitBreakerModuleOptions): DynamicModule {
    return {
      module: CircuitBreakerModule,
      imports: options.imports ?? [],
      providers: [
        { provide: BREAKER_CHANNEL, useFactory: options.useFactory, inject: options.inject ?? [] },
        {
          provide: CIRCUIT_BREAKERS,
          useFactory: (clock: Clock, channel: BreakerChannel) => new SharedCircuitBreakers(clock, channel),
          inject: [CLOCK, BREAKER_CHANNEL],
        },
      ],
      exports: [CIRCUIT_BREAKERS],
    };
  }
}
