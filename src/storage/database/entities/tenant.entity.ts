import { Check, Column, Entity, Unique } from 'typeorm';
import type { TenantConfig } from '../../../tenancy/config-snapshot.js';
import { ManagedRow } from './managed-row.js';

@Entity('tenants')
@Unique('tenants_name_key', ['name'])
@Check('tenants_status_check', `status IN ('active', 'suspended', 'archived')`)
@Check('tenants_cache_mode_check', `cache_mode IN ('off', 'deterministic', 'always')`)
export class TenantEntity extends ManagedRow {
  @Column('text')
  name!: string;

  @Column('text', { default: 'active' })
  status!: TenantConfig['status'];

  @Column('text', { name: 'cache_mode', default: 'deterministic' })
  cacheMode!: TenantConfig['cache']['mode'];

  @Column('integer', { name: 'cache_ttl_seconds', default: 3600 })
  cacheTtlSeconds!: number;

  @Column('text', { name: 'quota_fallback', default: 'local' })
  quotaFallback!: TenantConfig['quotaFallback'];
}
