import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { printTable } from './report/print-report.ts';
import { measureExport } from './reports/export-growth.ts';
import { fillLedger } from './reports/fill-ledger.ts';
import { loadGatewayModules } from './reports/gateway-modules.ts';
import { listReportCases, type ReportSubject } from './reports/report-cases.ts';
import { type TimedReport, timeReports } from './reports/time-reports.ts';
import { type BenchStack } from './stack/bench-stack.ts';
import { withStack } from './stack/with-stack.ts';
import { startPostgres } from './stack/postgres.ts';

/**
 * Usage reports over 90 days of a ledger of a million rows, each five times on a database of its own, and the export of all
 * rows. Fails when a report's median is above 300 ms, or when the export's memory grows with what it has written: when a second
 * export needs more than the first.
 */
const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LIMIT_MS = 300;
/** Less than to keep a tenth of each row. */
const MAX_GROWTH_MB = 32;

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });

const FIND_SUBJECT = `
SELECT tenant_id AS "tenantId", key_id AS "keyId", end_user AS "user" FROM usage_ledger WHERE end_user IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY count(*) DESC, 1, 2, 3 LIMIT 1`;

async function main(stack: BenchStack): Promise<boolean> {
  const postgres = await startPostgres(stack.directory);
  const databaseUrl = await postgres.createDatabase('reports');
  const modules = await loadGatewayModules(ROOT);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  try {
    await fillLedger(modules, databaseUrl, Number(values.rows));
    const sql = new modules.sqlClient.PgSqlClient(pool);
    const usage = new modules.repository.UsageRepository(sql);
    const [subject] = await sql.query<ReportSubject>(FIND_SUBJECT);
    if (subject === undefined) throw new Error('The ledger is empty');
    const reports = await timeReports(usage, listReportCases(subject));
    const isFast = printReports(reports);
    const exported = await measureExport(usage, modules.renderLedger.renderLedger);
    printTable(
      ['export', 'rows', 'MB', 'seconds', 'highest RSS MB', 'growth MB of a second'],
      [
        [
          'all rows as CSV',
          exported.rows,
          exported.megabytes,
          exported.seconds,
          exported.firstRssMb,
          exported.rssGrowthMb,
        ],
      ],
    );
    return isFast && exported.rssGrowthMb <= MAX_GROWTH_MB;
  } finally {
    await pool.end();
    await postgres.stop();
  }
}

function printReports(reports: readonly TimedReport[]): boolean {
  const isSlow = ({ medianMs }: TimedReport): boolean => medianMs > LIMIT_MS;
  printTable(
    ['report', 'rows', 'median ms', ''],
    reports.map((one) => [
      one.name,
      one.rows ?? 'refused',
      Math.round(one.medianMs),
      isSlow(one) ? 'too slow' : '',
    ]),
  );
  const slow = reports.filter(isSlow).length;
  process.stdout.write(`${slow} of ${reports.length} reports take more than ${LIMIT_MS} ms\n\n`);
  return slow === 0;
}

process.exitCode = (await withStack(ROOT, main)) ? 0 : 1;
