import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { AttemptMonitor } from './attempt-monitor.js';
import { BreakerGauge } from './breaker-gauge.js';
import {
  PROVIDER_BINDINGS,
  PROVIDER_ROUTER_OPTIONS,
  type ProviderBindings,
  type ProviderRouterOptions,
} from './provider-router.options.js';
import { ProviderRouterService } from './provider-router.service.js';

export interface ProviderRouterSetup {
  bindings: ProviderBindings;
  options: ProviderRouterOptions;
}

export interface ProviderRouterModuleOptions {
  /** The modules that export CIRCUIT_BREAKERS, MetricsService and ConfigStore, and those that provide what `inject` names. */
  imports?: ModuleMetadata['imports'];
  inject?: (string | symbol | (abstract new (...args: never[]) => unknown))[];
  useFactory: (...dependencies: never[]) => ProviderRouterSetup;
}

const SETUP = Symbol('ProviderRouterSetup');

/** Provides ProviderRouterService. CLOCK is global. Transports are closed with the module. */
@Module({})
export class ProviderRouterModule {
  static register(options: ProviderRouterModuleOptions): DynamicModule {
    return {
      module: ProviderRouterModule,
      imports: options.imports ?? [],
      providers: [
        { provide: SETUP, useFactory: options.useFactory, inject: options.inject ?? [] },
        {
          provide: PROVIDER_BINDINGS,
          useFactory: (setup: ProviderRouterSetup) => setup.bindings,
          inject: [SETUP],
        },
        {
          provide: PROVIDER_ROUTER_OPTIONS,
          useFactory: (setup: ProviderRouterSetup) => setup.options,
          inject: [SETUP],
        },
        AttemptMonitor,
        BreakerGauge,
        ProviderRouterService,
      ],
      exports: [ProviderRouterService],
    };
  }
}
