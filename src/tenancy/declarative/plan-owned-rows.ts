import type { OwnedRow } from '../../storage/database/entities/managed-row.js';
import type { CurrentRows } from './current-rows.js';
import { buildIdentity, createOwnerDescriber, type OwnedSection } from './declared-owners.js';
import { type PlanContext, planRows, type RowKind, type RowsPlan } from './plan-rows.js';

/** Rows that are known by their name among those of the same owner, and can be switched off. */
interface NamedRow extends OwnedRow {
  name: string | null;
  enabled: boolean;
}

export interface OwnedRowsInput<Row, Declared extends { name: string | null }> {
  kind: RowKind;
  /** The list in the file. */
  field: string;
  sections: readonly OwnedSection[];
  /** What a section declares, each under its name. */
  list: (owned: OwnedSection) => readonly { name: string; row: Declared }[];
  /** Columns besides owner and name. */
  convert: (row: Declared, owned: OwnedSection, stored: { id: string; row: Row | null }) => Partial<Row>;
  rows: readonly Row[];
  current: Pick<CurrentRows, 'tenants'>;
}

export function planOwnedRows<Row extends NamedRow, Declared extends { name: string | null }>(
  { kind, field, sections, list, convert, rows, current }: OwnedRowsInput<Row, Declared>,
  context: PlanContext,
): Promise<RowsPlan<Row>> {
  const describeOwner = createOwnerDescriber(current);
  return planRows<Row>(
    {
      kind,
      declared: sections.flatMap((owned) =>
        list(owned).map(({ name, row: declared }) => ({
          identity: buildIdentity(owned.owner, name),
          label: `${owned.label}${field}/${name}`,
          values: (id, row) => ({
            ...convert(declared, owned, { id, row }),
            owner: owned.owner,
            name: row === null ? chooseName(name, declared, context) : row.name,
          }),
        })),
      ),
      current: rows,
      identify: ({ owner, name }) => (name === null ? null : buildIdentity(owner, name)),
      describe: ({ owner, name }) => `${describeOwner(owner)}${field}/${name ?? ''}`,
      retire: () => ({ enabled: false }) as Partial<Row>,
    },
    context,
  );
}

/** A name that was made of the content identifies rows of the file; those of the API are found by their content itself. */
function chooseName(
  name: string,
  declared: { name: string | null },
  { managedBy }: PlanContext,
): string | null {
  return managedBy === 'api' ? declared.name : name;
}

/** For rows that always have a name in the file. */
export function listNamed<Declared extends { name: string }>(
  declared: readonly Declared[],
): { name: string; row: Declared }[] {
  return declared.map((row) => ({ name: row.name, row }));
}
