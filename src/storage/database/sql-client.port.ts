/**
 * Plain SQL on PostgreSQL for what an object mapper is too slow or too vague for: the ledger, traces, reports.
 * Parameters are `$1`, `$2`; `bigint` and `numeric` columns come back as decimal text, `timestamptz` as Date.
 */
export interface SqlClient {
  /** @throws when PostgreSQL is down or refuses the statement; a refusal carries its SQLSTATE in `code`. */
  query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]>;
  /** Commits when `work` resolves, rolls back when it rejects. Inside `work` only the given client may be used. */
  transaction<Result>(work: (sql: SqlClient) => Promise<Result>): Promise<Result>;
}

export const SQL_CLIENT = Symbol('SqlClient');

/** Five characters of SQLSTATE, or null when the failure did not come from PostgreSQL itself (connection lost). */
export function findSqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Name of the constraint that a statement broke; null where the error names none, as for the bounds of a partition. */
export function findConstraint(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { constraint } = error as { constraint?: unknown };
  return typeof constraint === 'string' ? constraint : null;
}

/** Text that a `text` or `jsonb` column accepts: PostgreSQL has no NUL character and no lone surrogates. */
export function cleanSqlText(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}
