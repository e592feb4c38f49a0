import { Logger, Module } from '@nestjs/common';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { TEXT_COUNTER } from './text-counter.port.js';
import { TokenCounterService } from './token-counter.service.js';
import { TokenWorkerPool } from './token-worker-pool.js';
import { locateTokenWorker } from './token-worker-source.js';
import { VaultIndex } from './vault-index.js';

const VAULT_LIMITS = { maxEntries: 32_768, maxBytes: 8 * 1024 * 1024 };

/** One thread: an encoding takes 80 MB in each, and counting is rare. */
const POOL_LIMITS = {
  maxThreads: 1,
  maxJobs: 128,
  maxJobsPerOwner: 16,
  deadlineMs: 1_000,
  budgetMs: 250,
  hangMs: 10_000,
  maxCrashes: 3,
  restMs: 30_000,
};

function createPool(clock: Clock): TokenWorkerPool {
  const logger = new Logger('TokenCounter');
  return new TokenWorkerPool({
    ...POOL_LIMITS,
    source: locateTokenWorker(),
    clock,
    onCrash: (error) => logger.error({ msg: 'The token counting thread ended', err: error }),
  });
}

/** Needs the global CLOCK. Nothing is loaded or started until the first count. */
@Module({
  providers: [
    { provide: TEXT_COUNTER, useFactory: createPool, inject: [CLOCK] },
    { provide: VaultIndex, useFactory: () => new VaultIndex(VAULT_LIMITS) },
    TokenCounterService,
  ],
  exports: [TokenCounterService],
})
export class TokenCounterModule {}
