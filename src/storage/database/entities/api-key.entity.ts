import { Check, Column, Entity, Index, JoinColumn, ManyToOne, Unique } from 'typeorm';
import { ManagedRow } from './managed-row.js';
import { TenantEntity } from './tenant.entity.js';

@Entity('api_keys')
@Unique('api_keys_hash_key', ['hash'])
@Index('api_keys_tenant_idx', ['tenantId', 'id'])
// There may be a million keys of a tenant, and lists of them are sorted by these.
@Index('api_keys_name_idx', ['tenantId', 'name', 'id'])
@Index('api_keys_updated_idx', ['tenantId', 'updatedAt', 'id'])
@Index('api_keys_first_idx', ['firstId'], { where: 'first_id IS NOT NULL' })
@Check('api_keys_status_check', `status IN ('active', 'revoked')`)
export class ApiKeyEntity extends ManagedRow {
  @Column('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @ManyToOne(() => TenantEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'tenant_id', foreignKeyConstraintName: 'api_keys_tenant_fk' })
  tenant?: TenantEntity;

  @Column('text')
  name!: string;

  /** The first characters of the key, to recognise it in lists. */
  @Column('text')
  prefix!: string;

  /** SHA-256 of the key, lower-case hex. The key itself is never stored. */
  @Column('text')
  hash!: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('text', { name: 'allowed_models', array: true, default: [] })
  allowedModels!: string[];

  @Column('jsonb', { default: {} })
  tags!: Record<string, string>;

  @Column('text', { name: 'required_tags', array: true, default: [] })
  requiredTags!: string[];

  /** The end user this key belongs to; null for a service key. */
  @Column('text', { name: 'end_user', nullable: true })
  user!: string | null;

  @Column('text', { default: 'active' })
  status!: 'active' | 'revoked';

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  /** The key that replaced this one; from then on `expiresAt` is the end of the overlap at the latest. */
  @Column('uuid', { name: 'successor_id', nullable: true })
  successorId!: string | null;

  /** The first of the keys that replaced one another until this one; null for that one itself. */
  @Column('uuid', { name: 'first_id', nullable: true })
  firstId!: string | null;
}
