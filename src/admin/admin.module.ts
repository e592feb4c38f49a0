import { Module } from '@nestjs/common';
import { RateLimiterModule } from '../pipeline/rate-limiter/rate-limiter.module.js';
import { TenancyModule } from '../tenancy/tenancy.module.js';
import { monitor } from '../wiring/monitor.js';
import { providerRouter } from '../wiring/provider-router.js';
import { tracing } from '../wiring/tracing.js';
import { AuthenticatorService } from './access/authenticator.service.js';
import { FailedLogins } from './access/failed-logins.js';
import { OidcVerifier } from './access/oidc-verifier.service.js';
import { AdminsController } from './admins/admins.controller.js';
import { AdminsService } from './admins/admins.service.js';
import { AuditLogController } from './audit/audit-log.controller.js';
import { AuditLogRepository } from './audit/audit-log.repository.js';
import { AuditService } from './audit/audit.service.js';
import { BudgetsService } from './budgets/budgets.service.js';
import { PlatformBudgetsController } from './budgets/platform-budgets.controller.js';
import { TenantBudgetsController } from './budgets/tenant-budgets.controller.js';
import { CachePolicyController } from './cache-policy/cache-policy.controller.js';
import { CachePolicyService } from './cache-policy/cache-policy.service.js';
import { ConfigurationService } from './configuration/configuration.service.js';
import { ExportController } from './configuration/export.controller.js';
import { ImportController } from './configuration/import.controller.js';
import { AdminBodyGuard } from './http/admin-body.guard.js';
import { AdminGuard } from './http/admin.guard.js';
import { IdempotencyMaintenance } from './http/idempotency-maintenance.service.js';
import { IdempotencyService } from './http/idempotency.service.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeysService } from './keys/api-keys.service.js';
import { KeyUsageRepository } from './keys/key-usage.repository.js';
import { ModelsAdminController } from './models/models.controller.js';
import { ModelsService } from './models/models.service.js';
import { DocsController } from './openapi/docs.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { PlatformPoliciesController } from './policies/platform-policies.controller.js';
import { PoliciesService } from './policies/policies.service.js';
import { TenantPoliciesController } from './policies/tenant-policies.controller.js';
import { PricesController } from './prices/prices.controller.js';
import { PricesService } from './prices/prices.service.js';
import { UnpricedModelsService } from './prices/unpriced-models.service.js';
import { ProviderTestService } from './providers/provider-test.service.js';
import { ProvidersController } from './providers/providers.controller.js';
import { ProvidersService } from './providers/providers.service.js';
import { PlatformRateLimitsController } from './rate-limits/platform-rate-limits.controller.js';
import { RateLimitsService } from './rate-limits/rate-limits.service.js';
import { TenantRateLimitsController } from './rate-limits/tenant-rate-limits.controller.js';
import { ExplainService } from './routing-rules/explain.service.js';
import { RoutingRulesController } from './routing-rules/routing-rules.controller.js';
import { RoutingRulesService } from './routing-rules/routing-rules.service.js';
import { MetricsController } from './stats/metrics.controller.js';
import { MetricsGuard } from './stats/metrics.guard.js';
import { StatsController } from './stats/stats.controller.js';
import { StatsService } from './stats/stats.service.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { TenantsService } from './tenants/tenants.service.js';
import { TracesController } from './traces/traces.controller.js';
import { UsageController } from './usage/usage.controller.js';

/** The REST admin plane. Controllers hold no logic; who may do what is declared on each route. */
@Module({
  imports: [RateLimiterModule, TenancyModule, monitor, tracing, providerRouter],
  controllers: [
    TenantsController,
    ApiKeysController,
    CachePolicyController,
    TenantPoliciesController,
    TenantRateLimitsController,
    TenantBudgetsController,
    PlatformPoliciesController,
    PlatformRateLimitsController,
    PlatformBudgetsController,
    ProvidersController,
    ModelsAdminController,
    RoutingRulesController,
    PricesController,
    UsageController,
    TracesController,
    StatsController,
    AuditLogController,
    AdminsController,
    ExportController,
    ImportController,
    MetricsController,
    OpenApiController,
    DocsController,
  ],
  providers: [
    AdminGuard,
    AdminBodyGuard,
    MetricsGuard,
    AuthenticatorService,
    OidcVerifier,
    FailedLogins,
    IdempotencyService,
    IdempotencyMaintenance,
    AuditService,
    AuditLogRepository,
    AdminsService,
    TenantsService,
    ApiKeysService,
    KeyUsageRepository,
    CachePolicyService,
    ConfigurationService,
    PoliciesService,
    RateLimitsService,
    BudgetsService,
    ProvidersService,
    ProviderTestService,
    ModelsService,
    RoutingRulesService,
    ExplainService,
    PricesService,
    UnpricedModelsService,
    StatsService,
  ],
})
export class AdminModule {}
