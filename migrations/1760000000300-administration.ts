import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Administrators and routing rules; their shape is that of src/storage/database/entities, checked for drift. */
const TABLES = [
  `CREATE TABLE admins (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    name text NOT NULL,
    role text NOT NULL,
    tenant_id uuid,
    prefix text NOT NULL,
    token_hash text NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    status text NOT NULL DEFAULT 'active',
    CONSTRAINT admins_token_hash_key UNIQUE (token_hash),
    CONSTRAINT admins_platform_check CHECK (role <> 'platform-admin' OR tenant_id IS NULL),
    CONSTRAINT admins_tenant_check CHECK (role <> 'tenant-admin' OR tenant_id IS NOT NULL),
    CONSTRAINT admins_status_check CHECK (status IN ('active', 'revoked')),
    CONSTRAINT admins_role_check CHECK (role IN ('platform-admin', 'tenant-admin', 'viewer')),
    CONSTRAINT "PK_e3b38270c97a854c48d2e80874e" PRIMARY KEY (id)
  )`,
  `CREATE TABLE routing_rules (
    id uuid NOT NULL,
    managed_by text NOT NULL DEFAULT 'api',
    revision integer NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
    updated_at TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
    owner text NOT NULL,
    name text NOT NULL,
    priority integer NOT NULL DEFAULT '0',
    conditions jsonb NOT NULL DEFAULT '{}',
    action jsonb NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    CONSTRAINT routing_rules_owner_name_key UNIQUE (owner, name),
    CONSTRAINT "PK_routing_rules" PRIMARY KEY (id)
  )`,
  ...['insert', 'update', 'delete'].map(
    (verb) => `CREATE TRIGGER routing_rules_feed_${verb} AFTER ${verb.toUpperCase()} ON routing_rules
      REFERENCING ${verb === 'delete' ? 'OLD' : 'NEW'} TABLE AS changed_rows
      FOR EACH STATEMENT EXECUTE FUNCTION record_config_change('routing-rule', 'id')`,
  ),
  // Written in batches by the data plane; a column of api_keys would wake every process for each use of a key.
  `CREATE TABLE api_key_usage (
    key_id uuid PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL
  )`,
];

/**
 * Who changed what. Rows are chained by hash (src/admin/audit) and cannot be changed: the triggers refuse it even to the
 * gateway itself. `before_json` and `after_json` are text, not jsonb, because the hash is over these very characters.
 */
const AUDIT_LOG = [
  `CREATE TABLE audit_log (
    seq bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    actor_id text NOT NULL,
    actor_name text NOT NULL,
    actor_role text NOT NULL,
    ip text NOT NULL,
    request_id text NOT NULL,
    client_request_id text,
    action text NOT NULL,
    resource text NOT NULL,
    resource_id text NOT NULL,
    tenant_id uuid,
    before_json text,
    after_json text,
    previous_hash text NOT NULL,
    hash text NOT NULL
  )`,
  `CREATE INDEX audit_log_tenant_idx ON audit_log (tenant_id, seq)`,
  `CREATE INDEX audit_log_resource_idx ON audit_log (resource, resource_id, seq)`,
  `CREATE INDEX audit_log_request_idx ON audit_log (request_id)`,
  `CREATE TABLE audit_head (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), seq bigint NOT NULL, hash text NOT NULL)`,
  `INSERT INTO audit_head (seq, hash) VALUES (0, '')`,
  `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'the audit log cannot be changed' USING ERRCODE = 'insufficient_privilege';
  END
  $$`,
  `CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()`,
  `CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
];

export class Administration1760000000300 implements MigrationInterface {
  name = 'Administration1760000000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...AUDIT_LOG]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['audit_head', 'audit_log', 'api_key_usage', 'routing_rules', 'admins']) {
      await queryRunner.query(`DROP TABLE ${table}`);
    }
    await queryRunner.query('DROP FUNCTION refuse_audit_change()');
  }
}
