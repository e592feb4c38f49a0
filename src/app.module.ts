import { type DynamicModule, Module } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import type { GatewaySetup } from './gateway-setup.js';
import { HealthModule } from './health/health.module.js';
import { InfrastructureModule } from './infrastructure.module.js';
import { DataPlaneModule } from './pipeline/data-plane/data-plane.module.js';

/** Everything: the data plane, the admin plane, and what orchestrators ask. */
@Module({})
export class AppModule {
  static forRoot(setup: GatewaySetup): DynamicModule {
    return {
      module: AppModule,
      imports: [InfrastructureModule.forRoot(setup), DataPlaneModule, AdminModule, HealthModule],
    };
  }
}
