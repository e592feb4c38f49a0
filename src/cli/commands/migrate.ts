import { runMigrations } from '../../storage/database/data-source.js';
import { listPendingMigrations } from '../../storage/database/list-pending-migrations.js';
import { checkEncryptionCanary } from '../../storage/encryption/check-canary.js';
import type { Command } from '../command.js';
import { withDatabase } from '../open-database.js';

/** Orchestrators start PostgreSQL and what needs it at the same moment. */
const PATIENCE_MS = 30_000;

export const migrate: Command = {
  name: 'migrate',
  summary: 'brings the database to the schema of this version (gateways do so themselves when they start)',
  usage: '',
  options: {},
  positionals: [],
  run: (invocation) =>
    withDatabase(
      invocation,
      async ({ dataSource, secretBox }) => {
        const pending = await listPendingMigrations(dataSource);
        await runMigrations(dataSource);
        await checkEncryptionCanary(dataSource, secretBox);
        for (const name of pending) invocation.terminal.print(`ran ${name}`);
        if (pending.length === 0) invocation.terminal.print('The database is up to date.');
        return 0;
      },
      { patienceMs: PATIENCE_MS },
    ),
};
