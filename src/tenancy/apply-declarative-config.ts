import type { DataSource, EntityManager } from 'typeorm';
import { SystemClock } from '../common/clock.port.js';
import { createId } from '../common/ids.js';
import type { DeclarativeConfig } from '../config/declarative/declarative-config.js';
import { isUniqueViolation } from '../storage/database/is-unique-violation.js';
import type { SecretBox } from '../storage/encryption/secret-box.js';
import { loadCurrentRows } from './declarative/current-rows.js';
import { DeclarativeConflictError } from './declarative/declarative-conflict-error.js';
import { executePlan } from './declarative/execute-plan.js';
import { type DeclarativePlan, planDeclarativeConfig } from './declarative/plan-declarative-config.js';

/** One writer at a time, across all processes, until its transaction ends. */
const APPLY_LOCK = 7_215_011_003;

export interface DeclarativeSource {
  config: DeclarativeConfig;
  managedBy: 'file' | 'demo';
}

/**
 * Brings the database to what the file says.
 *
 * Guarantees: all or nothing, in one transaction; an unchanged file writes nothing, so no revision and no version moves;
 * ids stay from one application to the next; processes that apply at the same time end in the same state; rows of the API
 * are never touched. What has left the file is switched off and keeps its history: keys are revoked, tenants suspended,
 * other rows disabled (deployments and prices deleted). The demo's rows count as having left when a file is applied.
 *
 * 1. Take the lock, read what is stored. 2. Plan (plan-declarative-config.ts, pure). 3. Write the differences.
 *
 * @returns the plan that was executed.
 * @throws DeclarativeConflictError naming every row that the API manages under a name of the file, and every model name
 * that leads nowhere.
 */
export async function applyDeclarativeConfig(
  dataSource: DataSource,
  secretBox: SecretBox,
  source: DeclarativeSource,
): Promise<DeclarativePlan> {
  const apply = (): Promise<DeclarativePlan> =>
    dataSource.transaction((manager) => applyInTransaction(manager, secretBox, source));
  try {
    return await apply();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // The API, which does not take our lock, created such a row after we had read; the next plan sees it and names it.
    return apply();
  }
}

async function applyInTransaction(
  manager: EntityManager,
  secretBox: SecretBox,
  { config, managedBy }: DeclarativeSource,
): Promise<DeclarativePlan> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [APPLY_LOCK]);
  const current = await loadCurrentRows(manager, config);
  const plan = planDeclarativeConfig(config, current, {
    managedBy,
    nowMs: new SystemClock().nowMs(),
    createId,
    secretBox,
  });
  if (plan.problems.length > 0) throw new DeclarativeConflictError(plan.problems);
  await executePlan(manager, plan);
  return plan;
}
