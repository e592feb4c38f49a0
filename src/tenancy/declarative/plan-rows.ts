import { isDeepStrictEqual } from 'node:util';
import type { ManagedBy, ManagedRow } from '../../storage/database/entities/managed-row.js';
import type { SecretBox } from '../../storage/encryption/secret-box.js';

export type RowKind =
  'tenant' | 'key' | 'provider' | 'model' | 'deployment' | 'policy' | 'rate-limit' | 'budget' | 'price';

/**
 * What happens to one row. `disable`: it has left the file and is switched off, its history stays. `delete` is only for
 * what has no life of its own: deployments, which are part of their model, and prices.
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
}

/** What planning needs from outside, so that it is a pure function of file and rows. */
export interface PlanContext {
  managedBy: 'file' | 'demo';
  nowMs: number;
  createId: () => string;
  secretBox: Pick<SecretBox, 'seal' | 'open'>;
}

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
}

export interface RowsPlan<Row> {
  changes: PlannedChange<Row>[];
  /** Id of each declared row by identity, also where it will only be created. */
  ids: ReadonlyMap<string, string>;
  /** Rows that the file wants and the API has. */
  conflicts: string[];
}

/** Compares what is declared with what is stored, by natural key, so that ids stay. */
export function planRows<Row extends ManagedRow>(input: RowsInput<Row>, context: PlanContext): RowsPlan<Row> {
  const { kind, declared, current } = input;
  const stored = indexRows(current, input.identify);
  const changes: PlannedChange<Row>[] = [];
  const ids = new Map<string, string>();
  const conflicts: string[] = [];
  const kept = new Set<string>();
  for (const { identity, label, values } of declared) {
    const row = stored.get(identity) ?? null;
    const id = row?.id ?? context.createId();
    ids.set(identity, id);
    kept.add(id);
    if (row?.managedBy === 'api') conflicts.push(`${label} exists already and is managed through the API`);
    else
      changes.push(planRow({ kind, id, label }, row, { ...values(id, row), managedBy: context.managedBy }));
  }
  const left = current.filter((row) => isRetired(row.managedBy, context) && !kept.has(row.id));
  changes.push(...left.flatMap((row) => planRetirement(row, input)));
  return { changes, ids, conflicts };
}

/** Rows of the file replace those of the demo, which exists only without a file; the demo touches nothing but its own. */
export function isRetired(managedBy: ManagedBy, context: Pick<PlanContext, 'managedBy'>): boolean {
  return managedBy === 'demo' || (managedBy === 'file' && context.managedBy === 'file');
}

export function planRow<Row extends { id: string }>(
  subject: Pick<PlannedChange<Row>, 'kind' | 'id' | 'label'>,
  row: Row | null,
  values: Partial<Row>,
): PlannedChange<Row> {
  if (row === null) return { ...subject, action: 'create', fields: Object.keys(values), values };
  const changed = pickChanged(row, values);
  const fields = Object.keys(changed);
  return { ...subject, action: fields.length === 0 ? 'unchanged' : 'update', fields, values: changed };
}

function planRetirement<Row extends ManagedRow>(row: Row, input: RowsInput<Row>): PlannedChange<Row>[] {
  const subject = { kind: input.kind, id: row.id, label: input.describe(row) };
  if (input.retire === null) return [{ ...subject, action: 'delete', fields: [], values: {} }];
  const values = pickChanged(row, input.retire(row));
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
