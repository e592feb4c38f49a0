import { Worker } from 'node:worker_threads';
import { TextCountError } from './text-count-error.js';
import type { TokenWorkerReply, TokenWorkerRequest } from './token-worker-message.js';
import type { TokenWorkerSource } from './token-worker-source.js';

interface PendingReply {
  resolve: (reply: TokenWorkerReply) => void;
  reject: (error: TextCountError) => void;
}

/** Heap of the thread's scripts; the encoders' own memory lies outside. */
const MAX_HEAP_MB = 256;

/**
 * One counting thread, one request at a time. It keeps the process alive only while it works. When it ends for whatever
 * reason, or hangs longer than `hangMs`, the request is rejected and the thread is gone for good.
 */
export class TokenWorkerThread {
  private readonly worker: Worker;
  private pending: PendingReply | null = null;
  private hangTimer: NodeJS.Timeout | null = null;
  private fault: unknown = undefined;

  constructor(
    source: TokenWorkerSource,
    private readonly hangMs: number,
    private readonly onEnd: (thread: TokenWorkerThread) => void,
  ) {
    this.worker = new Worker(source.entry, {
      name: 'token-counter',
      workerData: source.data,
      // Settings hold secrets, and it needs none.
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.worker.unref();
    this.worker.on('message', (reply: TokenWorkerReply) => this.settle(({ resolve }) => resolve(reply)));
    this.worker.on('error', (cause: unknown) => (this.fault = cause));
    this.worker.on('exit', () => this.onExit());
  }

  get isBusy(): boolean {
    return this.pending !== null;
  }

  /** @throws TextCountError('crashed') when the thread ends first. */
  count(request: TokenWorkerRequest): Promise<TokenWorkerReply> {
    return new Promise((resolve, reject) => {
      this.pending = { resolve, reject };
      this.hangTimer = setTimeout(() => void this.end(), this.hangMs);
      this.worker.ref();
      this.worker.postMessage(request);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private settle(act: (pending: PendingReply) => void): void {
    const { pending } = this;
    this.pending = null;
    if (this.hangTimer !== null) clearTimeout(this.hangTimer);
    this.hangTimer = null;
    this.worker.unref();
    if (pending !== null) act(pending);
  }

  private onExit(): void {
    this.onEnd(this);
    this.settle(({ reject }) => reject(new TextCountError('crashed', this.fault)));
  }
}
