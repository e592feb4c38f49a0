import { type DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { SystemClock } from '../common/clock.port.js';
import { createId } from '../common/ids.js';
import type { DeclarativeConfig } from '../config/declarative/declarative-config.js';
import { ADVISORY_LOCKS } from '../storage/database/advisory-locks.js';
import type { ManagedBy } from '../storage/database/entities/managed-row.js';
import { isUniqueViolation } from '../storage/database/is-unique-violation.js';
import type { SecretBox } from '../storage/encryption/secret-box.js';
import { type CurrentRows, loadCurrentRows } from './declarative/current-rows.js';
import { DeclarativeConflictError } from './declarative/declarative-conflict-error.js';
import { executePlan } from './declarative/execute-plan.js';
import { loadChangedRows } from './declarative/load-changed-rows.js';
import { ConcurrentChangeError } from './declarative/lock-planned-rows.js';
import { nameRows } from './declarative/name-rows.js';
import { type DeclarativePlan, planDeclarativeConfig } from './declarative/plan-declarative-config.js';
import type { PlanContext } from './declarative/plan-rows.js';
import { hasChanges } from './declarative/summarise-plan.js';

export interface DeclarativeSource {
  config: DeclarativeConfig;
  managedBy: ManagedBy;
  /** What has left is deleted, tenants archived, keys revoked; otherwise see below. */
  isPruning?: boolean;
  /** Only the plan is made. */
  isDryRun?: boolean;
  /** Runs in the same transaction, when something changed. */
  record?: (manager: EntityManager, applied: AppliedPlan) => Promise<void>;
}

/** What was done. Of the rows that changed, both versions are there. */
export interface AppliedPlan {
  plan: DeclarativePlan;
  /** Everything that the plan was made against. */
  before: CurrentRows;
  /** The changed rows as they are now, with all deployments of changed models; deleted ones are missing. */
  after: CurrentRows;
}

const MAX_ATTEMPTS = 5;
const DEADLOCK = '40P01';

/**
 * Brings the database to what the document says.
 *
 * Guarantees: all or nothing, in one transaction; an unchanged document writes nothing, so no revision and no version moves;
 * ids stay from one application to the next; processes that apply at the same time end in the same state; an edit that
 * somebody makes at the same time is not overwritten unseen.
 *
 * The file never touches rows of the API. What has left the file is switched off and keeps its history: keys are revoked,
 * tenants suspended, other rows disabled (deployments and prices deleted). The demo's rows count as having left when a file
 * is applied. An import through the API never changes rows of the file, and leaves alone what it does not name; when it
 * prunes, what it does not name goes, if it is the API's.
 *
 * 1. Take the lock, read what is stored. 2. Plan (plan-declarative-config.ts, pure). 3. Write the differences.
 *
 * @returns the plan that was executed.
 * @throws DeclarativeConflictError naming every row that somebody else manages under a name of the document, every credential
 * that does not open, and every model name that leads nowhere.
 */
export async function applyDeclarativeConfig(
  dataSource: DataSource,
  secretBox: SecretBox,
  source: DeclarativeSource,
): Promise<DeclarativePlan> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction((manager) => applyInTransaction(manager, secretBox, source));
    } catch (error) {
      // Somebody else, who does not take our lock, changed what we had read; the next plan sees it.
      if (attempt === MAX_ATTEMPTS || !isPassing(error)) throw error;
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof ConcurrentChangeError || isUniqueViolation(error)) return true;
  return error instanceof QueryFailedError && (error.driverError as { code?: string }).code === DEADLOCK;
}

async function applyInTransaction(
  manager: EntityManager,
  secretBox: SecretBox,
  source: DeclarativeSource,
): Promise<DeclarativePlan> {
  // One writer at a time, across all processes, until its transaction ends.
  await manager.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.declarativeConfig]);
  const { plan, stored } = await planInTransaction(manager, secretBox, source);
  if (plan.problems.length > 0) throw new DeclarativeConflictError(plan.problems);
  if (source.isDryRun === true) return plan;
  await executePlan(manager, plan);
  if (source.record !== undefined && hasChanges(plan)) {
    // Locked at the revisions that were planned for, so what was read then is what was there before.
    await source.record(manager, { plan, before: stored, after: await loadChangedRows(manager, plan) });
  }
  return plan;
}

async function planInTransaction(
  manager: EntityManager,
  secretBox: SecretBox,
  { config, managedBy, isPruning = false }: DeclarativeSource,
): Promise<{ plan: DeclarativePlan; stored: CurrentRows }> {
  const context: PlanContext = {
    managedBy,
    isPruning,
    nowMs: new SystemClock().nowMs(),
    createId,
    secretBox,
  };
  const stored = await loadCurrentRows(manager, config, context);
  const current = managedBy === 'api' ? nameRows(stored) : stored;
  return { plan: await planDeclarativeConfig(config, current, context), stored };
}
