import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { UpstreamTimeouts } from '../../../tenancy/config-snapshot.js';
import { ModelEntity } from './model.entity.js';
import { ProviderEntity } from './provider.entity.js';

/** A price as stored: nano-USD per million tokens as decimal integer text, so that no digit is lost in JSON. */
export interface StoredPrice {
  input: string;
  output: string;
  cacheRead: string | null;
  cacheWrite: string | null;
  cacheWrite1h: string | null;
  reasoning: string | null;
}

@Entity('deployments')
@Index('deployments_model_idx', ['modelId'])
@Index('deployments_provider_idx', ['providerId'])
@Check('deployments_weight_check', 'weight >= 0')
export class DeploymentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'model_id' })
  modelId!: string;

  @ManyToOne(() => ModelEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'model_id', foreignKeyConstraintName: 'deployments_model_fk' })
  model?: ModelEntity;

  @Column('uuid', { name: 'provider_id' })
  providerId!: string;

  @ManyToOne(() => ProviderEntity, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'provider_id', foreignKeyConstraintName: 'deployments_provider_fk' })
  provider?: ProviderEntity;

  @Column('text', { name: 'upstream_model' })
  upstreamModel!: string;

  @Column('integer', { default: 1 })
  weight!: number;

  @Column('integer', { default: 0 })
  priority!: number;

  @Column('integer', { name: 'default_max_output_tokens', nullable: true })
  defaultMaxOutputTokens!: number | null;

  @Column('jsonb', { nullable: true })
  price!: StoredPrice | null;

  @Column('boolean', { name: 'stream_usage', default: true })
  streamUsage!: boolean;

  @Column('jsonb', { default: {} })
  timeouts!: Partial<UpstreamTimeouts>;

  /** Order inside the model, as written by the administrator. */
  @Column('integer', { default: 0 })
  position!: number;
}
