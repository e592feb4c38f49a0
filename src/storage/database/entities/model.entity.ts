import { Check, Column, Entity, Unique } from 'typeorm';
import type { ModelConfig } from '../../../tenancy/config-snapshot.js';
import { OwnedRow } from './managed-row.js';

@Entity('models')
@Unique('models_owner_name_key', ['owner', 'name'])
@Check('models_strategy_check', `strategy IN ('priority', 'weighted')`)
export class ModelEntity extends OwnedRow {
  @Column('text')
  name!: string;

  @Column('text', { default: 'priority' })
  strategy!: ModelConfig['strategy'];

  @Column('boolean', { default: true })
  enabled!: boolean;
}
