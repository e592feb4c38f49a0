import { Check, Column, Entity, Unique } from 'typeorm';
import { ManagedRow } from './managed-row.js';

/** Who may use the admin plane with a token of their own. People who come by OpenID Connect have no row. */
@Entity('admins')
@Unique('admins_token_hash_key', ['tokenHash'])
@Check('admins_role_check', `role IN ('platform-admin', 'tenant-admin', 'viewer')`)
@Check('admins_status_check', `status IN ('active', 'revoked')`)
@Check('admins_tenant_check', `role <> 'tenant-admin' OR tenant_id IS NOT NULL`)
@Check('admins_platform_check', `role <> 'platform-admin' OR tenant_id IS NULL`)
export class AdministratorEntity extends ManagedRow {
  @Column('text')
  name!: string;

  @Column('text')
  role!: 'platform-admin' | 'tenant-admin' | 'viewer';

  /** The one tenant of a tenant-admin or of a tenant's viewer; null for the platform's. */
  @Column('uuid', { name: 'tenant_id', nullable: true })
  tenantId!: string | null;

  /** The first characters of the token, to recognise it in lists. */
  @Column('text')
  prefix!: string;

  /** SHA-256 of the token, lower-case hex. The token itself is never stored. */
  @Column('text', { name: 'token_hash' })
  tokenHash!: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('text', { default: 'active' })
  status!: 'active' | 'revoked';
}
