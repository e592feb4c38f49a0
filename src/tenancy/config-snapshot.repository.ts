import type { DataSource, EntityManager } from 'typeorm';
import type { DeploymentId, KeyId, ModelId, Owner, ProviderId, TenantId } from '../common/ids.js';
import { BudgetEntity } from '../storage/database/entities/budget.entity.js';
import { DeploymentEntity, type StoredPrice } from '../storage/database/entities/deployment.entity.js';
import { ModelEntity } from '../storage/database/entities/model.entity.js';
import { PolicyEntity } from '../storage/database/entities/policy.entity.js';
import { PriceEntity } from '../storage/database/entities/price.entity.js';
import { ProviderEntity } from '../storage/database/entities/provider.entity.js';
import { RateLimitEntity } from '../storage/database/entities/rate-limit.entity.js';
import { RoutingRuleEntity } from '../storage/database/entities/routing-rule.entity.js';
import { TenantEntity } from '../storage/database/entities/tenant.entity.js';
import { providerKeyPlace } from '../storage/encryption/provider-key-place.js';
import type { SecretBox } from '../storage/encryption/secret-box.js';
import type {
  BudgetConfig,
  ConfigSnapshot,
  DeploymentConfig,
  ModelConfig,
  PolicyConfig,
  Price,
  PriceEntry,
  ProviderConfig,
  RateLimitConfig,
  RoutingRuleConfig,
  TenantConfig,
  UpstreamTimeouts,
} from './config-snapshot.js';
import { DEFAULT_ACTIONS, DEFAULT_BREAKER } from './defaults.js';

/** A row of the change feed: which kind of thing changed, and which one. */
export interface ConfigChange {
  version: number;
  kind: string;
  entityId: string;
}

/** Reads configuration for the data plane: whole snapshots, and the feed of what changed since a version. */
export class ConfigSnapshotRepository {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly timeouts: UpstreamTimeouts,
  ) {}

  async getVersion(): Promise<number> {
    const rows = await this.dataSource.query<{ version: string }[]>('SELECT version FROM config_state');
    return Number(rows[0]?.version ?? 0);
  }

  async listChangesSince(version: number): Promise<ConfigChange[]> {
    const rows = await this.dataSource.query<{ version: string; kind: string; entity_id: string }[]>(
      'SELECT version, kind, entity_id FROM config_changes WHERE version > $1 ORDER BY version',
      [version],
    );
    return rows.map((row) => ({ version: Number(row.version), kind: row.kind, entityId: row.entity_id }));
  }

  /** One consistent read: every table as of the same moment. */
  async loadSnapshot(): Promise<ConfigSnapshot> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => {
      const state = await manager.query<{ version: string }[]>('SELECT version FROM config_state');
      const tenants = await manager.find(TenantEntity);
      const providers = await manager.find(ProviderEntity, { where: { enabled: true } });
      return {
        version: Number(state[0]?.version ?? 0),
        tenants: new Map(tenants.map((row) => [row.id as TenantId, convertTenant(row)])),
        providers: new Map(providers.map((row) => [row.id as ProviderId, this.convertProvider(row)])),
        models: await loadModels(manager, new Set(providers.map((row) => row.id))),
        ...(await loadScopedRows(manager)),
        prices: (await manager.find(PriceEntity)).map(convertPriceEntry),
      };
    });
  }

  private convertProvider(row: ProviderEntity): ProviderConfig {
    const place = providerKeyPlace(row.id);
    return {
      id: row.id as ProviderId,
      owner: row.owner as Owner,
      name: row.name,
      kind: row.kind,
      baseUrl: row.baseUrl,
      apiKey: row.apiKeySealed === null ? null : this.secretBox.open(row.apiKeySealed, place),
      timeouts: { ...this.timeouts, ...row.timeouts },
      breaker: { ...DEFAULT_BREAKER, ...row.breaker },
      settings: row.settings,
    };
  }
}

async function loadModels(manager: EntityManager, providerIds: ReadonlySet<string>): Promise<ModelConfig[]> {
  const models = await manager.find(ModelEntity, { where: { enabled: true } });
  const deployments = await manager.find(DeploymentEntity, { order: { position: 'ASC', id: 'ASC' } });
  const byModel = Map.groupBy(
    deployments.filter((row) => providerIds.has(row.providerId)),
    (row) => row.modelId,
  );
  return models.map((row) => ({
    id: row.id as ModelId,
    owner: row.owner as Owner,
    name: row.name,
    createdAtMs: row.createdAt.getTime(),
    strategy: row.strategy,
    deployments: (byModel.get(row.id) ?? []).map(convertDeployment),
  }));
}

type ScopedRows = Pick<ConfigSnapshot, 'policies' | 'rateLimits' | 'budgets' | 'routingRules'>;

/** A scope may name any key of a chain of rotations; here it names the first, as `ApiKeyConfig.firstId` does. */
async function loadScopedRows(manager: EntityManager): Promise<ScopedRows> {
  const where = { enabled: true };
  const rows: ScopedRows = {
    policies: (await manager.find(PolicyEntity, { where })).map(convertPolicy),
    rateLimits: (await manager.find(RateLimitEntity, { where })).map(convertRateLimit),
    budgets: (await manager.find(BudgetEntity, { where })).map(convertBudget),
    routingRules: await loadRoutingRules(manager),
  };
  const scopes = [
    ...[rows.policies, rows.rateLimits, rows.budgets].flat().map(({ scope }) => scope),
    ...rows.routingRules.map(({ conditions }) => conditions),
  ].filter(({ keyId }) => keyId !== undefined);
  const firstIds = await findFirstIds(manager, [...new Set(scopes.map(({ keyId }) => keyId as KeyId))]);
  for (const scope of scopes) scope.keyId = firstIds.get(scope.keyId as KeyId) ?? scope.keyId;
  return rows;
}

/** Of the keys that are not the first of their chain. */
async function findFirstIds(
  manager: EntityManager,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, KeyId>> {
  if (ids.length === 0) return new Map();
  const found = await manager.query<{ id: KeyId; first_id: KeyId }[]>(
    'SELECT id, first_id FROM api_keys WHERE id = ANY($1) AND first_id IS NOT NULL',
    [ids],
  );
  return new Map(found.map(({ id, first_id }) => [id, first_id]));
}

async function loadRoutingRules(manager: EntityManager): Promise<RoutingRuleConfig[]> {
  const rows = await manager.find(RoutingRuleEntity, {
    where: { enabled: true },
    order: { priority: 'ASC', id: 'ASC' },
  });
  return rows.map(({ id, owner, name, priority, conditions, action }) => ({
    id,
    owner: owner as Owner,
    name,
    priority,
    conditions,
    action,
  }));
}

function convertTenant(row: TenantEntity): TenantConfig {
  return {
    id: row.id as TenantId,
    name: row.name,
    status: row.status,
    cache: { mode: row.cacheMode, ttlSeconds: row.cacheTtlSeconds },
    quotaFallback: row.quotaFallback,
  };
}

function convertDeployment(row: DeploymentEntity): DeploymentConfig {
  return {
    id: row.id as DeploymentId,
    providerId: row.providerId as ProviderId,
    upstreamModel: row.upstreamModel,
    weight: row.weight,
    priority: row.priority,
    defaultMaxOutputTokens: row.defaultMaxOutputTokens,
    price: row.price === null ? null : convertPrice(row.price),
    streamUsage: row.streamUsage,
    timeouts: row.timeouts,
  };
}

const toBigInt = (text: string | null): bigint | null => (text === null ? null : BigInt(text));

function convertPrice(stored: StoredPrice): Price {
  return {
    inputNanoUsdPerMTok: BigInt(stored.input),
    outputNanoUsdPerMTok: BigInt(stored.output),
    cacheReadNanoUsdPerMTok: toBigInt(stored.cacheRead),
    cacheWriteNanoUsdPerMTok: toBigInt(stored.cacheWrite),
    cacheWrite1hNanoUsdPerMTok: toBigInt(stored.cacheWrite1h),
    reasoningNanoUsdPerMTok: toBigInt(stored.reasoning),
  };
}

function convertPriceEntry(row: PriceEntity): PriceEntry {
  return {
    ...convertPrice(row.price),
    owner: row.owner as Owner,
    providerKind: row.providerKind,
    upstreamModel: row.upstreamModel,
    effectiveFrom: row.effectiveFrom,
    source: row.source,
  };
}

function convertPolicy(row: PolicyEntity): PolicyConfig {
  return {
    id: row.id,
    owner: row.owner as Owner,
    name: row.name,
    version: row.revision,
    scope: row.scope,
    direction: row.direction,
    detectors: row.detectors,
    actions: { ...DEFAULT_ACTIONS, ...row.actions },
    mode: row.mode,
  };
}

function convertRateLimit(row: RateLimitEntity): RateLimitConfig {
  return {
    id: row.id,
    owner: row.owner as Owner,
    scope: row.scope,
    metric: row.metric,
    limit: row.limit,
    windowSeconds: row.windowSeconds,
  };
}

function convertBudget(row: BudgetEntity): BudgetConfig {
  return {
    id: row.id,
    owner: row.owner as Owner,
    scope: row.scope,
    amountNanoUsd: row.amountNanoUsd,
    amountTokens: row.amountTokens,
    period: row.period,
    timeZone: row.timeZone,
    mode: row.mode,
    alertPercents: row.alertPercents,
    webhookUrl: row.webhookUrl,
    unpriced: row.unpriced,
  };
}
