import { Check, Column, Entity, Index, Unique } from 'typeorm';
import type {
  DetectorConfig,
  PolicyAction,
  PolicyConfig,
  Scope,
  Severity,
} from '../../../tenancy/config-snapshot.js';
import { OwnedRow } from './managed-row.js';

@Entity('policies')
@Index('policies_scope_idx', ['scope'], { type: 'gin' })
@Unique('policies_owner_name_key', ['owner', 'name'])
@Check('policies_direction_check', `direction IN ('request', 'response', 'both')`)
@Check('policies_mode_check', `mode IN ('enforce', 'shadow')`)
export class PolicyEntity extends OwnedRow {
  @Column('text')
  name!: string;

  @Column('jsonb', { default: {} })
  scope!: Scope;

  @Column('text', { default: 'request' })
  direction!: PolicyConfig['direction'];

  @Column('jsonb', { default: [] })
  detectors!: DetectorConfig[];

  @Column('jsonb', { default: {} })
  actions!: Record<Severity, PolicyAction>;

  @Column('text', { default: 'enforce' })
  mode!: PolicyConfig['mode'];

  @Column('boolean', { default: true })
  enabled!: boolean;
}
