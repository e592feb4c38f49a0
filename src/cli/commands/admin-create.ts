import { createLocalActor } from '../../admin/access/local-actor.js';
import { createAdminSchema } from '../../admin/admins/admin.dto.js';
import { AdminsService } from '../../admin/admins/admins.service.js';
import { AuditService } from '../../admin/audit/audit.service.js';
import { parseInput } from '../../admin/http/parse-input.js';
import { SystemClock } from '../../common/clock.port.js';
import { type Command, findText, getText } from '../command.js';
import { getTenantByName } from '../find-tenant.js';
import { withReadyDatabase } from '../open-database.js';

export const adminCreate: Command = {
  name: 'admin create',
  summary: 'makes an administrator and prints the token, which is shown only then',
  usage: '--name NAME --role platform-admin|tenant-admin|viewer [--tenant TENANT]',
  options: { name: { type: 'string' }, role: { type: 'string' }, tenant: { type: 'string' } },
  positionals: [],
  async run(invocation) {
    const [name, role] = [getText(invocation, 'name'), getText(invocation, 'role')];
    const tenantName = findText(invocation, 'tenant');
    return withReadyDatabase(invocation, async ({ dataSource }) => {
      const tenant = tenantName === null ? null : await getTenantByName(dataSource, tenantName);
      const input = parseInput(createAdminSchema, { name, role, tenantId: tenant?.id ?? null });
      const admins = new AdminsService(dataSource, new AuditService(new SystemClock()));
      const { row, secret } = await dataSource.transaction((manager) =>
        admins.create(manager, createLocalActor('cli'), input),
      );
      invocation.terminal.notify(`Administrator ${row.name} (${row.role}), ${row.id}. The token:`);
      invocation.terminal.print(secret);
      return 0;
    });
  },
};
