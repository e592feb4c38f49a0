import { createLocalActor } from '../../admin/access/local-actor.js';
import { AuditService } from '../../admin/audit/audit.service.js';
import { parseInput } from '../../admin/http/parse-input.js';
import { keyInputSchema } from '../../admin/keys/api-key.dto.js';
import { ApiKeysService } from '../../admin/keys/api-keys.service.js';
import { KeyUsageRepository } from '../../admin/keys/key-usage.repository.js';
import { TenantsService } from '../../admin/tenants/tenants.service.js';
import { SystemClock } from '../../common/clock.port.js';
import { type Command, getText } from '../command.js';
import { getTenantByName } from '../find-tenant.js';
import { type OpenDatabase, withReadyDatabase } from '../open-database.js';

export const keyCreate: Command = {
  name: 'key create',
  summary: 'makes a key of a tenant and prints it, which is shown only then',
  usage: '--tenant TENANT --name NAME',
  options: { tenant: { type: 'string' }, name: { type: 'string' } },
  positionals: [],
  async run(invocation) {
    const [tenantName, name] = [getText(invocation, 'tenant'), getText(invocation, 'name')];
    return withReadyDatabase(invocation, async (database) => {
      const tenant = await getTenantByName(database.dataSource, tenantName);
      const input = parseInput(keyInputSchema, { name });
      const { row, secret } = await database.dataSource.transaction((manager) =>
        buildService(database).create(manager, createLocalActor('cli'), tenant.id, input),
      );
      invocation.terminal.notify(`Key ${row.name} of ${tenant.name}, ${row.id}:`);
      invocation.terminal.print(secret);
      return 0;
    });
  },
};

function buildService({ dataSource, sql }: OpenDatabase): ApiKeysService {
  const clock = new SystemClock();
  const audit = new AuditService(clock);
  const tenants = new TenantsService(dataSource, audit);
  return new ApiKeysService(dataSource, tenants, audit, new KeyUsageRepository(sql), clock);
}
