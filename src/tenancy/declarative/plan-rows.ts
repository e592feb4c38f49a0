import { isDeepStrictEqual } from 'node:util';
import { Breather } from '../../common/breather.js';
import { assertUnreachable } from '../../common/assert-unreachable.js';
import type { ManagedBy, ManagedRow } from '../../storage/database/entities/managed-row.js';
import type { SecretBox } from '../../storage/encryption/secret-box.js';

export type RowKind =
  | 'tenant'
  | 'key'
  | 'provider'
  | 'model'
  | 'deployment'
  | 'policy'
  | 'rate-limit'
  | 'budget'
  | 'price'
  | 'routing-rule';

/**
 * What happens to one row. `disable`: it has left the file and is switched off, its history stays. `delete` is for what has
 * no life of its own (deployments, which are part of their model, and prices), and when pruning.
 */
export interface PlannedChange<Row> {
  kind: RowKind;
  action: 'create' | 'update' | 'disable' | 'delete' | 'unchanged';
  id: string;
  /** As people find it in the file: `tenants/acme/keys/ci`. */
  label: string;
  /** Columns that get another value; all of them for a new row. Names only: a plan can be shown. */
  fields: string[];
  /** Values of these columns. Credentials are sealed, keys hashed. */
  values: Partial<Row>;
  /** Of the stored row, which must not have changed when the plan is executed; null for a new one and for deployments. */
  revision: number | null;
}

/** What planning needs from outside, so that it is a pure function of file and rows. */
export interface PlanContext {
  managedBy: ManagedBy;
  /** What has left is deleted instead of disabled; tenants are archived and keys revoked. */
  isPruning: boolean;
  nowMs: number;
  createId: () => string;
  secretBox: Pick<SecretBox, 'seal' | 'open'>;
}

type Subject = Pick<PlannedChange<unknown>, 'kind' | 'id' | 'label'>;

export interface DeclaredRow<Row> {
  /** Natural key, unique within the kind. */
  identity: string;
  label: string;
  /** Every column that the file decides. `row` is the stored one, null for a new one. */
  values: (id: string, row: Row | null) => Partial<Row>;
}

export interface RowsInput<Row> {
  kind: RowKind;
  declared: readonly DeclaredRow<Row>[];
  current: readonly Row[];
  /** Natural key of a stored row; null for one that the file cannot mean. */
  identify: (row: Row) => string | null;
  describe: (row: Row) => string;
  /** How a row that has left the file is switched off; null: it is deleted. */
  retire: ((row: Row) => Partial<Row>) | null;
  /** For rows that stay for the history: how they leave for good. Others are deleted. */
  archive?: (row: Row) => Partial<Row>;
}

export interface RowsPlan<Row> {
  changes: PlannedChange<Row>[];
  /** Id of each declared row by identity, also where it will only be created. */
  ids: ReadonlyMap<string, string>;
  /** Rows that the file wants and the API has, or the other way round. */
  conflicts: string[];
}

/**
 * Compares what is declared with what is stored, by natural key, so that ids stay. There may be a hundred thousand rows, and
 * requests are served in between.
 */
export async function planRows<Row extends ManagedRow>(
  input: RowsInput<Row>,
  context: PlanContext,
): Promise<RowsPlan<Row>> {
  const { kind, declared, current } = input;
  const stored = indexRows(current, input.identify);
  const changes: PlannedChange<Row>[] = [];
  const ids = new Map<string, string>();
  const conflicts: string[] = [];
  const kept = new Set<string>();
  const breather = new Breather();
  for (const { identity, label, values } of declared) {
    const row = stored.get(identity) ?? null;
    const id = row?.id ?? context.createId();
    ids.set(identity, id);
    kept.add(id);
    const change = planOwn({ kind, id, label }, row, { values: values(id, row), context });
    if (typeof change === 'string') conflicts.push(change);
    else if (change !== null) changes.push(change);
    if (breather.isDue()) await breather.pause();
  }
  for (const row of current) {
    if (!isRetired(row.managedBy, context) || kept.has(row.id)) continue;
    changes.push(...planRetirement(row, input, context));
    if (breather.isDue()) await breather.pause();
  }
  return { changes, ids, conflicts };
}

/** Null: the row is not ours and stays as it is. Text: why it cannot be ours. */
function planOwn<Row extends ManagedRow>(
  subject: Subject,
  row: Row | null,
  { values, context }: { values: Partial<Row>; context: PlanContext },
): PlannedChange<Row> | string | null {
  const { managedBy } = context;
  if (managedBy === 'api') return planOfApi(subject, row, values);
  // The demo gives way to whoever has taken its names.
  if (row?.managedBy === 'api') {
    return managedBy === 'demo' ? null : `${subject.label} exists already and is managed through the API`;
  }
  return planRow(subject, row, { ...values, managedBy });
}

/** What is as it should be stays whose it is; a row of the demo becomes the API's when it changes. */
function planOfApi<Row extends ManagedRow>(
  subject: Subject,
  row: Row | null,
  values: Partial<Row>,
): PlannedChange<Row> | string {
  const change = planRow(subject, row, values);
  if (change.action === 'unchanged') return change;
  if (row?.managedBy === 'file') return describeForeign(subject.label);
  return planRow(subject, row, { ...values, managedBy: 'api' });
}

export function describeForeign(label: string): string {
  return `${label} is managed by the configuration file and would change`;
}

/**
 * Which rows have left when nothing declares them. Rows of the file replace those of the demo, which exists only without a
 * file; the demo touches nothing but its own, and an import through the API nothing at all unless it prunes.
 */
export function isRetired(
  managedBy: ManagedBy,
  context: Pick<PlanContext, 'managedBy' | 'isPruning'>,
): boolean {
  switch (context.managedBy) {
    case 'api':
      return context.isPruning && managedBy === 'api';
    case 'demo':
      return managedBy === 'demo';
    case 'file':
      return managedBy !== 'api';
    default:
      return assertUnreachable(context.managedBy);
  }
}

export function planRow<Row extends { id: string; revision?: number }>(
  subject: Subject,
  row: Row | null,
  values: Partial<Row>,
): PlannedChange<Row> {
  if (row === null)
    return { ...subject, action: 'create', fields: Object.keys(values), values, revision: null };
  const changed = pickChanged(row, values);
  const fields = Object.keys(changed);
  const action = fields.length === 0 ? 'unchanged' : 'update';
  return { ...subject, action, fields, values: changed, revision: row.revision ?? null };
}

function planRetirement<Row extends ManagedRow>(
  row: Row,
  { kind, describe, retire, archive }: RowsInput<Row>,
  { isPruning }: PlanContext,
): PlannedChange<Row>[] {
  const subject = { kind, id: row.id, label: describe(row), revision: row.revision };
  const switchOff = isPruning ? (archive ?? null) : retire;
  if (switchOff === null) return [{ ...subject, action: 'delete', fields: [], values: {} }];
  const values = pickChanged(row, switchOff(row));
  const fields = Object.keys(values);
  return fields.length === 0 ? [] : [{ ...subject, action: 'disable', fields, values }];
}

function pickChanged<Row>(row: Row, values: Partial<Row>): Partial<Row> {
  const changed = Object.entries(values).filter(
    ([name, value]) => !isDeepStrictEqual(value, row[name as keyof Row]),
  );
  return Object.fromEntries(changed) as Partial<Row>;
}

/** A name that both the file and the API have used (where names need not be unique) stays with the file. */
function indexRows<Row extends ManagedRow>(
  rows: readonly Row[],
  identify: (row: Row) => string | null,
): Map<string, Row> {
  const index = new Map<string, Row>();
  for (const row of rows) {
    const identity = identify(row);
    if (identity === null) continue;
    const known = index.get(identity);
    if (known === undefined || known.managedBy === 'api') index.set(identity, row);
  }
  return index;
}
