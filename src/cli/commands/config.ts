import { resolve } from 'node:path';
import { createLocalActor } from '../../admin/access/local-actor.js';
import { AuditService } from '../../admin/audit/audit.service.js';
import { recordImport } from '../../admin/configuration/record-import.js';
import { SystemClock } from '../../common/clock.port.js';
import { loadDeclarativeConfig } from '../../config/declarative/load-declarative-config.js';
import { applyDeclarativeConfig } from '../../tenancy/apply-declarative-config.js';
import { summarisePlan } from '../../tenancy/declarative/summarise-plan.js';
import type { Command, Invocation } from '../command.js';
import { withReadyDatabase } from '../open-database.js';
import { renderPlan } from '../render-plan.js';

const shared = {
  usage: 'FILE [--prune]',
  options: { prune: { type: 'boolean' } },
  positionals: ['FILE'],
} as const;

export const configPlan: Command = {
  ...shared,
  name: 'config plan',
  summary: 'tells what applying a configuration file would change, and changes nothing',
  run: (invocation) => apply(invocation, true),
};

export const configApply: Command = {
  ...shared,
  name: 'config apply',
  summary:
    'applies a configuration file as a start with GATEWAY_CONFIG does; --prune deletes what has left it',
  run: (invocation) => apply(invocation, false),
};

async function apply(invocation: Invocation, isDryRun: boolean): Promise<number> {
  const { env, terminal, values, positionals } = invocation;
  const config = await loadDeclarativeConfig(resolve(positionals[0] ?? ''), env);
  return withReadyDatabase(invocation, async ({ dataSource, secretBox }) => {
    const audit = new AuditService(new SystemClock());
    const actor = createLocalActor('cli');
    const plan = await applyDeclarativeConfig(dataSource, secretBox, {
      config,
      managedBy: 'file',
      isPruning: values.prune === true,
      isDryRun,
      record: (manager, applied) => recordImport(audit, { manager, actor, applied }),
    });
    for (const line of renderPlan(summarisePlan(plan))) terminal.print(line);
    return 0;
  });
}
