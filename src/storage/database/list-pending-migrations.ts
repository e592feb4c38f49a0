import type { DataSource } from 'typeorm';

/** Names of the migrations that this database has not seen, in their order; all of them for an empty one. Changes nothing. */
export async function listPendingMigrations(dataSource: DataSource): Promise<string[]> {
  const names = dataSource.migrations.map(({ name, constructor }) => name ?? constructor.name);
  const [table] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  );
  if (table?.exists !== true) return names;
  const done = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
  const known = new Set(done.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}
