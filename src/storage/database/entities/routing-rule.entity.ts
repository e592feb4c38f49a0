import { Column, Entity, Unique } from 'typeorm';
import type { RoutingAction, RoutingConditions } from '../../../tenancy/config-snapshot.js';
import { OwnedRow } from './managed-row.js';

/** Sends requests that match its conditions somewhere else than their model's name says. */
@Entity('routing_rules')
@Unique('routing_rules_owner_name_key', ['owner', 'name'])
export class RoutingRuleEntity extends OwnedRow {
  @Column('text')
  name!: string;

  /** Lower is asked first; among equals the older rule. */
  @Column('integer', { default: 0 })
  priority!: number;

  @Column('jsonb', { default: {} })
  conditions!: RoutingConditions;

  @Column('jsonb')
  action!: RoutingAction;

  @Column('boolean', { default: true })
  enabled!: boolean;
}
