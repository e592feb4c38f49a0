import { Check, Column, Entity, Index } from 'typeorm';
import type { BudgetConfig, Scope } from '../../../tenancy/config-snapshot.js';
import { bigintTransformer, safeIntegerTransformer } from './column-types.js';
import { OwnedRow } from './managed-row.js';

@Entity('budgets')
@Index('budgets_scope_idx', ['scope'], { type: 'gin' })
@Index('budgets_owner_idx', ['owner'])
@Check('budgets_amount_check', '(amount_nano_usd IS NULL) <> (amount_tokens IS NULL)')
@Check('budgets_period_check', `period IN ('day', 'week', 'month', 'total')`)
@Check('budgets_mode_check', `mode IN ('hard', 'soft')`)
export class BudgetEntity extends OwnedRow {
  /** Identifies the row in the declarative file; null for rows made through the API. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('jsonb', { default: {} })
  scope!: Scope;

  @Column('bigint', { name: 'amount_nano_usd', nullable: true, transformer: bigintTransformer })
  amountNanoUsd!: bigint | null;

  @Column('bigint', { name: 'amount_tokens', nullable: true, transformer: safeIntegerTransformer })
  amountTokens!: number | null;

  @Column('text')
  period!: BudgetConfig['period'];

  @Column('text', { name: 'time_zone', default: 'UTC' })
  timeZone!: string;

  @Column('text', { default: 'hard' })
  mode!: BudgetConfig['mode'];

  @Column('integer', { name: 'alert_percents', array: true, default: [] })
  alertPercents!: number[];

  @Column('text', { name: 'webhook_url', nullable: true })
  webhookUrl!: string | null;

  @Column('text', { default: 'refuse' })
  unpriced!: BudgetConfig['unpriced'];

  @Column('boolean', { default: true })
  enabled!: boolean;
}
