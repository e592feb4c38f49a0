import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger, its roll-ups, refusals and the stored traces, partitioned by time so that retention drops a table instead of
 * deleting rows. The default partitions take what no partition was made for yet (an old journal, a late maintenance run);
 * src/support/monitor/ensure-partitions.ts makes partitions ahead and moves such rows.
 */
const USAGE_LEDGER = [
  `CREATE TABLE usage_ledger (
    started_at timestamptz NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    provider_id uuid,
    deployment_id uuid,
    duration_us bigint NOT NULL,
    cost_nano_usd bigint,
    input_tokens bigint,
    output_tokens bigint,
    cache_read_tokens bigint,
    cache_write_tokens bigint,
    reasoning_tokens bigint,
    status smallint NOT NULL,
    attempts smallint NOT NULL,
    streamed boolean NOT NULL,
    cost_estimated boolean NOT NULL,
    dialect text NOT NULL,
    cache text NOT NULL,
    count_source text,
    error_code text,
    model text NOT NULL,
    upstream_model text,
    end_user text,
    tags jsonb NOT NULL,
    CONSTRAINT usage_ledger_pkey PRIMARY KEY (started_at, id)
  ) PARTITION BY RANGE (started_at)`,
  `CREATE TABLE usage_ledger_default PARTITION OF usage_ledger DEFAULT`,
  `CREATE INDEX usage_ledger_tenant_idx ON usage_ledger (tenant_id, started_at, id)`,
];

/** Sums of the values' own type; see src/support/monitor/usage-measures.ts. */
const USAGE_TOTALS = (
  [
    ['bigint', 'int8pl'],
    ['numeric', 'numeric_add'],
  ] as const
).map(
  ([type, add]) => `CREATE AGGREGATE usage_total(${type}) (
    SFUNC = ${add}, STYPE = ${type}, INITCOND = '0', COMBINEFUNC = ${add}, PARALLEL = SAFE
  )`,
);

/** Of every roll-up. */
const MEASURES = `requests bigint NOT NULL,
    cache_hits bigint NOT NULL,
    shared_hits bigint NOT NULL,
    unpriced bigint NOT NULL,
    unmetered bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cache_read_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_nano_usd numeric NOT NULL,
    duration_us bigint NOT NULL`;

/**
 * Columns beside the measures, primary key, and the lengths of its buckets: `_daily`, `_six_hourly`, `_hourly`, all of UTC, and
 * none for quarters of an hour. The nil UUID stands for "no provider": a primary key admits no NULL. Time stands before names, so that what
 * comes in goes to the end of each tenant's part of the index.
 */
const ROLLUPS: [table: string, columns: string, primaryKey: string, suffixes: string[]][] = [
  ['usage_tenant_rollup', '', 'tenant_id, bucket', ['_six_hourly', '_hourly', '']],
  ['usage_key_rollup', 'key_id uuid NOT NULL,', 'tenant_id, bucket, key_id', ['_six_hourly', '_hourly']],
  ['usage_model_rollup', 'model text NOT NULL,', 'tenant_id, bucket, model', ['_six_hourly', '_hourly']],
  [
    'usage_provider_rollup',
    'provider_id uuid NOT NULL,',
    'tenant_id, bucket, provider_id',
    ['_six_hourly', '_hourly'],
  ],
  [
    'usage_status_rollup',
    'status_class smallint NOT NULL,',
    'tenant_id, bucket, status_class',
    ['_six_hourly', '_hourly'],
  ],
  [
    'usage_rollup',
    'key_id uuid NOT NULL, model text NOT NULL, provider_id uuid NOT NULL, status_class smallint NOT NULL,',
    'tenant_id, bucket, key_id, model, provider_id, status_class',
    ['_daily', ''],
  ],
  [
    'usage_tag_rollup',
    'tag_name text NOT NULL, tag_value text NOT NULL,',
    'tenant_id, tag_name, bucket, tag_value',
    ['_six_hourly', '_hourly', ''],
  ],
  ['usage_user_rollup', 'end_user text NOT NULL,', 'tenant_id, bucket, end_user', ['_daily', '']],
];

const ROLLUP_TABLES = ROLLUPS.flatMap(([base, columns, primaryKey, suffixes]) =>
  suffixes.map((suffix) => ({ table: `${base}${suffix}`, columns, primaryKey })),
);

/** Only sums change after the first insert, none of them indexed, so with room on the page every update stays on it. */
const USAGE_ROLLUPS = ROLLUP_TABLES.flatMap(({ table, columns, primaryKey }) => [
  `CREATE TABLE ${table} (
    bucket timestamptz NOT NULL,
    tenant_id uuid NOT NULL,
    ${columns}
    ${MEASURES},
    CONSTRAINT ${table}_pkey PRIMARY KEY (${primaryKey})
  ) PARTITION BY RANGE (bucket)`,
  `CREATE TABLE ${table}_default PARTITION OF ${table} DEFAULT WITH (fillfactor = 70)`,
]);

/**
 * What rate and concurrency limits refused. Every process writes its own counts, as values and not as steps, so that a batch can
 * be repeated; reports sum them up.
 */
const USAGE_REFUSALS = [
  `CREATE TABLE usage_refusals (
    minute timestamptz NOT NULL,
    tenant_id uuid NOT NULL,
    key_id uuid NOT NULL,
    process_id uuid NOT NULL,
    refusals bigint NOT NULL,
    metric text NOT NULL,
    CONSTRAINT usage_refusals_pkey PRIMARY KEY (tenant_id, minute, key_id, metric, process_id)
  ) PARTITION BY RANGE (minute)`,
  `CREATE TABLE usage_refusals_default PARTITION OF usage_refusals DEFAULT WITH (fillfactor = 70)`,
];

const TRACES = [
  `CREATE TABLE traces (
    started_at timestamptz NOT NULL,
    id uuid NOT NULL,
    trace_id text NOT NULL,
    client_request_id text,
    tenant_id uuid,
    key_id uuid,
    route text NOT NULL,
    model text,
    provider text,
    duration_ms double precision NOT NULL,
    status smallint NOT NULL,
    error_code text,
    fired_rules text[] NOT NULL,
    stages jsonb NOT NULL,
    attempts jsonb NOT NULL,
    sampled_by text NOT NULL,
    CONSTRAINT traces_pkey PRIMARY KEY (started_at, id)
  ) PARTITION BY RANGE (started_at)`,
  `CREATE TABLE traces_default PARTITION OF traces DEFAULT`,
  `CREATE INDEX traces_tenant_idx ON traces (tenant_id, started_at, id)`,
  `CREATE INDEX traces_trace_id_idx ON traces (trace_id)`,
];

export class UsageAndTraces1760000000200 implements MigrationInterface {
  name = 'UsageAndTraces1760000000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    const statements = [...USAGE_TOTALS, ...USAGE_LEDGER, ...USAGE_ROLLUPS, ...USAGE_REFUSALS, ...TRACES];
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    const rollups = ROLLUP_TABLES.map(({ table }) => table);
    const tables = ['traces', 'usage_refusals', ...rollups, 'usage_ledger'];
    for (const table of tables) await queryRunner.query(`DROP TABLE ${table}`);
    for (const type of ['bigint', 'numeric']) await queryRunner.query(`DROP AGGREGATE usage_total(${type})`);
  }
}
