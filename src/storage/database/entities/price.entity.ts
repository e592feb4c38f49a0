import { Column, Entity, Unique } from 'typeorm';
import type { ProviderKind } from '../../../tenancy/config-snapshot.js';
import type { StoredPrice } from './deployment.entity.js';
import { OwnedRow } from './managed-row.js';

/** A dated price that overrides or extends the built-in catalogue. */
@Entity('prices')
@Unique('prices_key', ['owner', 'providerKind', 'upstreamModel', 'effectiveFrom'])
export class PriceEntity extends OwnedRow {
  @Column('text', { name: 'provider_kind' })
  providerKind!: ProviderKind;

  @Column('text', { name: 'upstream_model' })
  upstreamModel!: string;

  /** First day the price holds, UTC. */
  @Column('date', { name: 'effective_from' })
  effectiveFrom!: string;

  @Column('jsonb')
  price!: StoredPrice;

  @Column('text')
  source!: string;
}
