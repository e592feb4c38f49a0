import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Facts about this installation that are not configuration: the encryption canary. */
@Entity('instance_settings')
export class InstanceSettingEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  value!: string;
}
