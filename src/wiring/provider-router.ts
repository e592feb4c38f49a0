import { CLOCK, type Clock } from '../common/clock.port.js';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config/gateway-config.js';
import { DEFAULT_ROUTER_OPTIONS } from '../pipeline/provider-router/default-router-options.js';
import {
  ProviderRouterModule,
  type ProviderRouterSetup,
} from '../pipeline/provider-router/provider-router.module.js';
import { ANTHROPIC_PROFILE } from '../pipeline/provider-router/providers/anthropic/profile.js';
import { OPENAI_PROFILE } from '../pipeline/provider-router/providers/openai/profile.js';
import { SIMULATED_PROFILE } from '../pipeline/provider-router/providers/simulated/profile.js';
import { SimulatedTransport } from '../pipeline/provider-router/providers/simulated/simulated-transport.js';
import { UndiciTransport } from '../pipeline/provider-router/undici-transport.js';
import { TenancyModule } from '../tenancy/tenancy.module.js';
import { circuitBreakers } from './circuit-breakers.js';
import { monitor } from './monitor.js';

/** Which transport and dialect each kind of provider has. One object: every importer shares it. */
export const providerRouter = ProviderRouterModule.register({
  imports: [circuitBreakers, monitor, TenancyModule],
  inject: [GATEWAY_CONFIG, CLOCK],
  useFactory: (config: GatewayConfig, clock: Clock): ProviderRouterSetup => {
    const network = new UndiciTransport({ allowPrivateAddresses: config.allowPrivateUpstreams });
    return {
      bindings: {
        openai: { transport: network, profile: OPENAI_PROFILE },
        anthropic: { transport: network, profile: ANTHROPIC_PROFILE },
        simulated: { transport: new SimulatedTransport(clock), profile: SIMULATED_PROFILE },
      },
      options: { ...DEFAULT_ROUTER_OPTIONS, timeouts: config.upstreamTimeouts },
    };
  },
});
