import type { Owner, TenantId } from '../../common/ids.js';

const NO_ROWS: readonly never[] = [];

/** Rows of a snapshot by whose they are, so that a plan looks at the platform's and its tenant's and at nobody else's. */
export class RowsByOwner<Row extends { owner: Owner }> {
  private readonly byOwner: ReadonlyMap<Owner, readonly Row[]>;

  constructor(rows: readonly Row[]) {
    this.byOwner = Map.groupBy(rows, ({ owner }) => owner);
  }

  /** The platform's rows, then the tenant's, each in the snapshot's order. */
  listFor(tenantId: TenantId): readonly Row[] {
    const platform = this.byOwner.get('platform') ?? NO_ROWS;
    const own = this.byOwner.get(tenantId);
    return own === undefined ? platform : [...platform, ...own];
  }

  hasOwn(tenantId: TenantId): boolean {
    return this.byOwner.has(tenantId);
  }
}
