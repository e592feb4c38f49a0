import { AuditService } from '../../admin/audit/audit.service.js';
import { ProviderTestService } from '../../admin/providers/provider-test.service.js';
import { ProvidersService } from '../../admin/providers/providers.service.js';
import { SystemClock } from '../../common/clock.port.js';
import { ANTHROPIC_PROFILE } from '../../pipeline/provider-router/providers/anthropic/profile.js';
import { OPENAI_PROFILE } from '../../pipeline/provider-router/providers/openai/profile.js';
import { SIMULATED_PROFILE } from '../../pipeline/provider-router/providers/simulated/profile.js';
import { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { TenantEntity } from '../../storage/database/entities/tenant.entity.js';
import type { OpenDatabase } from '../open-database.js';
import { broken, type Finding, ok } from './finding.js';

const PROFILES = { openai: OPENAI_PROFILE, anthropic: ANTHROPIC_PROFILE, simulated: SIMULATED_PROFILE };

/** The question that `POST /admin/v1/providers/{id}/test` asks, to every provider that is switched on; all at once. */
export async function checkProviders(database: OpenDatabase): Promise<Finding[]> {
  const { dataSource } = database;
  const providers = await dataSource.getRepository(ProviderEntity).find({
    where: { enabled: true },
    order: { owner: 'ASC', name: 'ASC' },
  });
  const tenants = await dataSource.getRepository(TenantEntity).find();
  const names = new Map(tenants.map(({ id, name }) => [id, name]));
  const service = buildService(database);
  return Promise.all(
    providers.map((provider) => {
      const owner = names.get(provider.owner);
      const subject = `provider ${owner === undefined ? '' : `tenants/${owner}/`}${provider.name}`;
      return checkProvider(service, provider, subject);
    }),
  );
}

function buildService({ dataSource, secretBox, config }: OpenDatabase): ProviderTestService {
  const clock = new SystemClock();
  const providers = new ProvidersService(dataSource, new AuditService(clock), secretBox, clock);
  return new ProviderTestService(providers, { getProfile: ({ kind }) => PROFILES[kind] }, config);
}

async function checkProvider(
  service: ProviderTestService,
  provider: ProviderEntity,
  subject: string,
): Promise<Finding> {
  const { ok: works, steps, durationMs } = await service.test(provider);
  const detail = steps.map((step) => step.detail).join(' ');
  if (works) return ok(subject, `${detail} (${durationMs} ms)`);
  return broken(subject, detail, 'Correct its base URL or credential, or disable it.');
}
