import type { OpenDatabase } from '../open-database.js';
import { checkAudit } from './check-audit.js';
import { checkClock, checkMigrations, checkVersion } from './check-database.js';
import { checkEncryption } from './check-encryption.js';
import { checkJournal } from './check-journal.js';
import { checkPrices } from './check-prices.js';
import { checkProviders } from './check-providers.js';
import { checkRedis } from './check-redis.js';
import { type Finding, guard, skipped } from './finding.js';

type Check = (database: OpenDatabase) => Promise<Finding[]>;

/** These read tables, which only a migrated database has. */
const OF_TABLES: readonly (readonly [subject: string, check: Check])[] = [
  ['encryption', checkEncryption],
  ['audit log', checkAudit],
  ['providers', checkProviders],
  ['prices', checkPrices],
];

/** Everything that doctor looks at, in the order in which it is shown. */
export async function examine(database: OpenDatabase): Promise<Finding[]> {
  const findings = [
    ...(await guard('database', () => checkVersion(database))),
    ...(await guard('migrations', () => checkMigrations(database))),
    ...(await guard('clock', () => checkClock(database))),
    ...(await guard('redis', () => checkRedis(database.config))),
    ...(await guard('journal', () => checkJournal(database.config))),
  ];
  const isMigrated = findings.some(({ subject, status }) => subject === 'migrations' && status === 'ok');
  for (const [subject, check] of OF_TABLES) {
    if (isMigrated) findings.push(...(await guard(subject, () => check(database))));
    else findings.push(skipped(subject, 'not looked at before the migrations have run'));
  }
  return findings;
}
