import type { DataSource } from 'typeorm';
import { InstanceSettingEntity } from '../database/entities/instance-setting.entity.js';
import type { SecretBox } from './secret-box.js';

const PLACE = { table: 'instance_settings', row: 'encryption_canary', column: 'value' };
const CANARY = 'tokenpak';

/**
 * Fails at start, rather than at the first request, when ENCRYPTION_KEYS are not those that this database was sealed with.
 * The first start seals the canary.
 */
export async function checkEncryptionCanary(dataSource: DataSource, secretBox: SecretBox): Promise<void> {
  const settings = dataSource.getRepository(InstanceSettingEntity);
  const fresh = { name: PLACE.row, value: secretBox.seal(CANARY, PLACE) };
  await settings.createQueryBuilder().insert().values(fresh).orIgnore().execute();
  const stored = await settings.findOneByOrFail({ name: PLACE.row });
  try {
    secretBox.open(stored.value, PLACE);
  } catch (cause) {
    throw new Error('ENCRYPTION_KEYS do not contain the key that this database was sealed with', { cause });
  }
}
