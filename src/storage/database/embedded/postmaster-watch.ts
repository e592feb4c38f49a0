import type { RunningPostmaster } from './adopt-postmaster.js';
import type { Cluster } from './cluster.js';
import { PostmasterError, runPostmaster } from './run-postmaster.js';

const INTERVAL_MS = 1_000;
const INTERVAL_AFTER_FAILURE_MS = 10_000;

/**
 * Starts the server again, on its port, when it ends by itself (killed by the kernel for memory, by hand). The gateway
 * meanwhile behaves as with any PostgreSQL that is away.
 */
export class PostmasterWatch {
  private timer: NodeJS.Timeout | null = null;
  private restart: Promise<void> | null = null;

  constructor(
    private readonly cluster: Cluster,
    readonly running: RunningPostmaster,
    private readonly onNotice: (text: string) => void,
  ) {}

  start(): void {
    this.schedule(INTERVAL_MS);
  }

  /** Resolves once no restart is on its way. */
  async stop(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await this.restart;
  }

  private schedule(delayMs: number): void {
    this.timer = setTimeout(() => this.check(), delayMs).unref();
  }

  private check(): void {
    if (isAlive(this.running.pid)) this.schedule(INTERVAL_MS);
    else this.restart = this.runAgain();
  }

  private async runAgain(): Promise<void> {
    this.onNotice('The embedded database ended unexpectedly and is started again.');
    let delayMs = INTERVAL_MS;
    try {
      this.running.pid = await runPostmaster(this.cluster, this.running.port);
    } catch (error) {
      if (!(error instanceof PostmasterError && error.isPassing)) delayMs = INTERVAL_AFTER_FAILURE_MS;
      this.onNotice(error instanceof Error ? error.message : String(error));
    }
    if (this.timer !== null) this.schedule(delayMs);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
