import { Check, Column, Entity, Unique } from 'typeorm';
import type { BreakerSettings, ProviderKind, UpstreamTimeouts } from '../../../tenancy/config-snapshot.js';
import { OwnedRow } from './managed-row.js';

@Entity('providers')
@Unique('providers_owner_name_key', ['owner', 'name'])
@Check('providers_kind_check', `kind IN ('openai', 'anthropic', 'simulated')`)
export class ProviderEntity extends OwnedRow {
  @Column('text')
  name!: string;

  @Column('text')
  kind!: ProviderKind;

  @Column('text', { name: 'base_url' })
  baseUrl!: string;

  /** `v1:keyId:nonce:ciphertext:tag`; see SecretBox. */
  @Column('text', { name: 'api_key_sealed', nullable: true })
  apiKeySealed!: string | null;

  @Column('jsonb', { default: {} })
  timeouts!: Partial<UpstreamTimeouts>;

  @Column('jsonb', { default: {} })
  breaker!: Partial<BreakerSettings>;

  @Column('jsonb', { default: {} })
  settings!: Record<string, string | number | boolean>;

  @Column('boolean', { default: true })
  enabled!: boolean;
}
