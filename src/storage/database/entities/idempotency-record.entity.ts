import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A POST that was answered once; the same `Idempotency-Key` gets the same answer for 24 hours. */
@Entity('idempotency_records')
@Index('idempotency_records_created_idx', ['createdAt'])
export class IdempotencyRecordEntity {
  /** SHA-256 over administrator, route and the client's key, hex. */
  @PrimaryColumn('text')
  id!: string;

  /** SHA-256 of the body, hex; another body under the same key is refused. */
  @Column('text', { name: 'body_hash' })
  bodyHash!: string;

  @Column('integer', { nullable: true })
  status!: number | null;

  @Column('text', { nullable: true })
  location!: string | null;

  /** The answer without secrets. */
  @Column('jsonb', { nullable: true })
  response!: Record<string, unknown> | null;

  /** Sealed secret members of the answer; replayed for 10 minutes only. */
  @Column('text', { name: 'secret_sealed', nullable: true })
  secretSealed!: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;
}
