import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Configuration tables; their shape is that of src/storage/database/entities, checked for drift. */
const TABLES = [
  `CREATE TABLE tenants (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    cache_mode text NOT NULL DEFAULT 'deterministic',
    cache_ttl_seconds integer NOT NULL DEFAULT '3600',
    quota_fallback text NOT NULL DEFAULT 'local',
    CONSTRAINT tenants_name_key UNIQUE (name),
    CONSTRAINT tenants_cache_mode_check CHECK (cache_mode IN ('off', 'deterministic', 'always')),
    CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'archived')),
    CONSTRAINT "PK_53be67a04681c66b87ee27c9321" PRIMARY KEY (id)
  )`,
  `CREATE TABLE api_keys (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    allowed_models text array NOT NULL DEFAULT '{}',
    tags jsonb NOT NULL DEFAULT '{}',
    required_tags text array NOT NULL DEFAULT '{}',
    end_user text,
    status text NOT NULL DEFAULT 'active',
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_keys_hash_key UNIQUE (hash),
    CONSTRAINT api_keys_status_check CHECK (status IN ('active', 'revoked')),
    CONSTRAINT "PK_5c8a79801b44bd27b79228e1dad" PRIMARY KEY (id)
  )`,
  `CREATE INDEX api_keys_tenant_idx ON api_keys (tenant_id, id)`,
  `CREATE INDEX api_keys_name_idx ON api_keys (tenant_id, name, id)`,
  `CREATE INDEX api_keys_updated_idx ON api_keys (tenant_id, updated_at, id)`,
  `CREATE TABLE budgets (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text,
    scope jsonb NOT NULL DEFAULT '{}',
    amount_nano_usd bigint,
    amount_tokens bigint,
    period text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    mode text NOT NULL DEFAULT 'hard',
    alert_percents integer array NOT NULL DEFAULT '{}',
    webhook_url text,
    unpriced text NOT NULL DEFAULT 'refuse',
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT budgets_mode_check CHECK (mode IN ('hard', 'soft')),
    CONSTRAINT budgets_period_check CHECK (period IN ('day', 'week', 'month', 'total')),
    CONSTRAINT budgets_amount_check CHECK ((amount_nano_usd IS NULL) <> (amount_tokens IS NULL)),
    CONSTRAINT "PK_9c8a51748f82387644b773da482" PRIMARY KEY (id)
  )`,
  `CREATE INDEX budgets_owner_idx ON budgets (owner)`,
  `CREATE INDEX budgets_scope_idx ON budgets USING gin (scope)`,
  `CREATE TABLE models (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text NOT NULL,
    strategy text NOT NULL DEFAULT 'priority',
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT models_owner_name_key UNIQUE (owner, name),
    CONSTRAINT models_strategy_check CHECK (strategy IN ('priority', 'weighted')),
    CONSTRAINT "PK_ef9ed7160ea69013636466bf2d5" PRIMARY KEY (id)
  )`,
  `CREATE TABLE providers (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    base_url text NOT NULL,
    api_key_sealed text,
    timeouts jsonb NOT NULL DEFAULT '{}',
    breaker jsonb NOT NULL DEFAULT '{}',
    settings jsonb NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT providers_owner_name_key UNIQUE (owner, name),
    CONSTRAINT providers_kind_check CHECK (kind IN ('openai', 'anthropic', 'simulated')),
    CONSTRAINT "PK_af13fc2ebf382fe0dad2e4793aa" PRIMARY KEY (id)
  )`,
  `CREATE TABLE deployments (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    provider_id uuid NOT NULL,
    upstream_model text NOT NULL,
    weight integer NOT NULL DEFAULT '1',
    priority integer NOT NULL DEFAULT '0',
    default_max_output_tokens integer,
    price jsonb,
    stream_usage boolean NOT NULL DEFAULT true,
    timeouts jsonb NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT '0',
    CONSTRAINT deployments_weight_check CHECK (weight >= 0),
    CONSTRAINT "PK_1e5627acb3c950deb83fe98fc48" PRIMARY KEY (id)
  )`,
  `CREATE INDEX deployments_provider_idx ON deployments (provider_id)`,
  `CREATE INDEX deployments_model_idx ON deployments (model_id)`,
  `CREATE TABLE idempotency_records (
    id text NOT NULL,
    body_hash text NOT NULL,
    status integer,
    location text,
    response jsonb,
    secret_sealed text,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT "PK_9ae4e93699362b0d4e3da3dd1c2" PRIMARY KEY (id)
  )`,
  `CREATE INDEX idempotency_records_created_idx ON idempotency_records (created_at)`,
  `CREATE TABLE instance_settings (
    name text NOT NULL,
    value text NOT NULL,
    CONSTRAINT "PK_2f61774dfbcb55f6931880678d5" PRIMARY KEY (name)
  )`,
  `CREATE TABLE policies (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text NOT NULL,
    scope jsonb NOT NULL DEFAULT '{}',
    direction text NOT NULL DEFAULT 'request',
    detectors jsonb NOT NULL DEFAULT '[]',
    actions jsonb NOT NULL DEFAULT '{}',
    mode text NOT NULL DEFAULT 'enforce',
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT policies_owner_name_key UNIQUE (owner, name),
    CONSTRAINT policies_mode_check CHECK (mode IN ('enforce', 'shadow')),
    CONSTRAINT policies_direction_check CHECK (direction IN ('request', 'response', 'both')),
    CONSTRAINT "PK_603e09f183df0108d8695c57e28" PRIMARY KEY (id)
  )`,
  `CREATE TABLE prices (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    provider_kind text NOT NULL,
    upstream_model text NOT NULL,
    effective_from date NOT NULL,
    price jsonb NOT NULL,
    source text NOT NULL,
    CONSTRAINT prices_key UNIQUE (owner, provider_kind, upstream_model, effective_from),
    CONSTRAINT "PK_2e40b9e4e631a53cd514d82ccd2" PRIMARY KEY (id)
  )`,
  `CREATE TABLE rate_limits (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text,
    scope jsonb NOT NULL DEFAULT '{}',
    metric text NOT NULL,
    limit_value bigint NOT NULL,
    window_seconds integer NOT NULL DEFAULT '60',
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT rate_limits_metric_check CHECK (metric IN ('requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency')),
    CONSTRAINT "PK_3b4449f1f5fc167d921ee619f65" PRIMARY KEY (id)
  )`,
  `CREATE INDEX rate_limits_owner_idx ON rate_limits (owner)`,
  `CREATE INDEX rate_limits_scope_idx ON rate_limits USING gin (scope)`,
  `CREATE INDEX policies_scope_idx ON policies USING gin (scope)`,
  `ALTER TABLE api_keys ADD CONSTRAINT api_keys_tenant_fk FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE deployments ADD CONSTRAINT deployments_model_fk FOREIGN KEY (model_id) REFERENCES models(id) ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE deployments ADD CONSTRAINT deployments_provider_fk FOREIGN KEY (provider_id) REFERENCES providers(id) ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/**
 * The change feed. Every statement that changes configuration adds one version and the rows it touched, in the same
 * transaction, and notifies listeners at commit. It is a trigger so that no writer can forget it. The update of the single
 * config_state row serialises writers, so versions become visible in order.
 */
const CHANGE_FEED = [
  `CREATE TABLE config_state (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), version bigint NOT NULL)`,
  `INSERT INTO config_state (version) VALUES (1)`,
  `CREATE TABLE config_changes (
    version bigint NOT NULL,
    kind text NOT NULL,
    entity_id text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX config_changes_version_idx ON config_changes (version)`,
  `CREATE FUNCTION record_config_change() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    next_version bigint;
  BEGIN
    IF NOT EXISTS (SELECT 1 FROM changed_rows) THEN
      RETURN NULL;
    END IF;
    UPDATE config_state SET version = version + 1 RETURNING version INTO next_version;
    EXECUTE format(
      'INSERT INTO config_changes (version, kind, entity_id) SELECT $1, $2, %I::text FROM changed_rows', TG_ARGV[1]
    ) USING next_version, TG_ARGV[0];
    PERFORM pg_notify('tokenpak_config', next_version::text);
    RETURN NULL;
  END
  $$`,
];

/** Table, kind in the feed, column that identifies the changed thing. A deployment is part of its model. */
const FEEDING_TABLES: readonly [table: string, kind: string, idColumn: string][] = [
  ['tenants', 'tenant', 'id'],
  ['api_keys', 'key', 'id'],
  ['providers', 'provider', 'id'],
  ['models', 'model', 'id'],
  ['deployments', 'model', 'model_id'],
  ['policies', 'policy', 'id'],
  ['rate_limits', 'rate-limit', 'id'],
  ['budgets', 'budget', 'id'],
  ['prices', 'price', 'id'],
];

function createFeedTriggers(table: string, kind: string, idColumn: string): string[] {
  const call = `FOR EACH STATEMENT EXECUTE FUNCTION record_config_change('${kind}', '${idColumn}')`;
  return [
    `CREATE TRIGGER ${table}_feed_insert AFTER INSERT ON ${table} REFERENCING NEW TABLE AS changed_rows ${call}`,
    `CREATE TRIGGER ${table}_feed_update AFTER UPDATE ON ${table} REFERENCING NEW TABLE AS changed_rows ${call}`,
    `CREATE TRIGGER ${table}_feed_delete AFTER DELETE ON ${table} REFERENCING OLD TABLE AS changed_rows ${call}`,
  ];
}

export class Configuration1760000000100 implements MigrationInterface {
  name = 'Configuration1760000000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    const triggers = FEEDING_TABLES.flatMap((row) => createFeedTriggers(...row));
    for (const statement of [...TABLES, ...CHANGE_FEED, ...triggers]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const tables = [
      'deployments',
      'models',
      'providers',
      'api_keys',
      'tenants',
      'policies',
      'rate_limits',
      'budgets',
    ];
    const others = ['prices', 'idempotency_records', 'instance_settings', 'config_changes', 'config_state'];
    for (const table of [...tables, ...others]) await queryRunner.query(`DROP TABLE ${table}`);
    await queryRunner.query('DROP FUNCTION record_config_change()');
  }
}
