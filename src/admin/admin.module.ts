import { Module } from '@nestjs/common';
import { AdminBodyGuard } from './http/admin-body.guard.js';
import { AdminGuard } from './http/admin.guard.js';
import { IdempotencyService } from './http/idempotency.service.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeysService } from './keys/api-keys.service.js';
import { MetricsController } from './stats/metrics.controller.js';
import { MetricsGuard } from './stats/metrics.guard.js';
import { StatsController } from './stats/stats.controller.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TenantsService } from './tenants/tenants.service.js';
import { TracesController } from './traces/traces.controller.js';
import { UsageController } from './usage/usage.controller.js';

/** The REST admin plane. Controllers hold no logic. */
@Module({
  controllers: [
    TenantsController,
    ApiKeysController,
    UsageController,
    TracesController,
    StatsController,
    MetricsController,
  ],
  providers: [AdminGuard, AdminBodyGuard, MetricsGuard, IdempotencyService, TenantsService, ApiKeysService],
})
export class AdminModule {}
