import { InstanceSettingEntity } from '../../storage/database/entities/instance-setting.entity.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { checkEncryptionCanary } from '../../storage/encryption/check-canary.js';
import { providerKeyPlace } from '../../storage/encryption/provider-key-place.js';
import type { OpenDatabase } from '../open-database.js';
import { broken, type Finding, ok } from './finding.js';

const ADVICE = 'Put the key that was used before into ENCRYPTION_KEYS, behind the newer ones.';

export async function checkEncryption(database: OpenDatabase): Promise<Finding[]> {
  const { dataSource, secretBox } = database;
  const isSealed = await dataSource.getRepository(InstanceSettingEntity).exists();
  if (!isSealed) return [ok('encryption', 'nothing is sealed yet')];
  try {
    await checkEncryptionCanary(dataSource, secretBox);
  } catch (error) {
    return [broken('encryption', (error as Error).message, ADVICE)];
  }
  const closed = await listClosedProviders(database);
  if (closed.length === 0) return [ok('encryption', 'ENCRYPTION_KEYS open what is stored')];
  return [broken('encryption', `the credential of ${closed.join(', ')} does not open`, ADVICE)];
}

async function listClosedProviders({ dataSource, secretBox }: OpenDatabase): Promise<string[]> {
  const providers = await dataSource.getRepository(ProviderEntity).find();
  return providers.flatMap(({ id, name, apiKeySealed }) => {
    if (apiKeySealed === null) return [];
    try {
      secretBox.open(apiKeySealed, providerKeyPlace(id));
      return [];
    } catch {
      // Which ones is what is asked; why is the same for all.
      return [name];
    }
  });
}
