import { type DataSource, IsNull, MoreThan } from 'typeorm';
import type { Clock } from '../../common/clock.port.js';
import { AdministratorEntity } from '../../storage/database/entities/administrator.entity.js';

/**
 * Without ADMIN_TOKEN the gateway needs an administrator of the platform whose own token works, or nobody could ever make
 * one over the network.
 * @throws with what to do.
 */
export async function assertSomebodyMayAdminister(dataSource: DataSource, clock: Clock): Promise<void> {
  const usable = { role: 'platform-admin', status: 'active' } as const;
  const exists = await dataSource.getRepository(AdministratorEntity).existsBy([
    { ...usable, expiresAt: IsNull() },
    { ...usable, expiresAt: MoreThan(new Date(clock.nowMs())) },
  ]);
  if (exists) return;
  throw new Error(
    'Nobody could administer this gateway: ADMIN_TOKEN is not set, and the database has no active platform administrator. ' +
      'Set ADMIN_TOKEN (32 characters or more; try: openssl rand -hex 32), or make an administrator with: ' +
      'npm run tokenpak -- admin create --name NAME --role platform-admin',
  );
}
