import type { Gateway } from '../bootstrap.js';
import type { PinoLogger } from '../common/pino-logger.js';
import { USAGE_LEDGER, type UsageLedger } from '../support/monitor/usage-event.js';

const FLUSH_DEADLINE_MS = 3_000;

/**
 * An error that nobody caught leaves the process in a state that nobody knows: it is logged, the ledger gets a few seconds
 * to reach PostgreSQL (what does not is in the journal), and the process ends with 1.
 */
export function leaveOnFatalErrors(gateway: Pick<Gateway, 'app'>, logger: PinoLogger): void {
  let isLeaving = false;
  const leave = (error: unknown): void => {
    logger.fatal(error, 'gateway');
    if (isLeaving) return;
    isLeaving = true;
    setTimeout(() => process.exit(1), FLUSH_DEADLINE_MS);
    void flushLedger(gateway).finally(() => process.exit(1));
  };
  process.on('uncaughtException', leave);
  process.on('unhandledRejection', leave);
}

async function flushLedger({ app }: Pick<Gateway, 'app'>): Promise<void> {
  try {
    await app.get<UsageLedger>(USAGE_LEDGER, { strict: false }).flush();
  } catch {
    // PostgreSQL is down; the next start replays the journal.
  }
}
