import { Check, Column, Entity, Index } from 'typeorm';
import type { LimitMetric, Scope } from '../../../tenancy/config-snapshot.js';
import { safeIntegerTransformer } from './column-types.js';
import { OwnedRow } from './managed-row.js';

@Entity('rate_limits')
@Index('rate_limits_scope_idx', ['scope'], { type: 'gin' })
@Index('rate_limits_owner_idx', ['owner'])
@Check(
  'rate_limits_metric_check',
  `metric IN ('requests', 'tokens', 'input-tokens', 'output-tokens', 'concurrency')`,
)
export class RateLimitEntity extends OwnedRow {
  /** Identifies the row in the declarative file; null for rows made through the API. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('jsonb', { default: {} })
  scope!: Scope;

  @Column('text')
  metric!: LimitMetric;

  @Column('bigint', { name: 'limit_value', transformer: safeIntegerTransformer })
  limit!: number;

  @Column('integer', { name: 'window_seconds', default: 60 })
  windowSeconds!: number;

  @Column('boolean', { default: true })
  enabled!: boolean;
}
