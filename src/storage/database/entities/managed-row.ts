import { Column, CreateDateColumn, PrimaryColumn, UpdateDateColumn, VersionColumn } from 'typeorm';

/** Who may change a row: the admin API, the declarative file, or the first-use demo. */
export type ManagedBy = 'api' | 'file' | 'demo';

/** Columns that every configuration row has. `revision` is the ETag. */
export abstract class ManagedRow {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'managed_by', default: 'api' })
  managedBy!: ManagedBy;

  @VersionColumn({ name: 'revision' })
  revision!: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Milliseconds, as a cursor carries them. */
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
}

/** Rows that belong to the platform or to one tenant; `owner` is `platform` or the tenant's id. */
export abstract class OwnedRow extends ManagedRow {
  @Column('text')
  owner!: string;
}
