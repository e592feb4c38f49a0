import { constants } from 'node:os';
import { onParentExit } from '../config/stop-with-parent.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** One Ctrl-C arrives several times: from the terminal, from npm and from the script that started us. */
const SAME_SIGNAL_MS = 1_000;
const SIGNAL_BASE = 128;

/** Why the gateway ends, and the exit code that says whether that was asked for. */
export interface StopReason {
  text: string;
  exitCode: 0 | 1;
}

/** Somebody wants this process to end. Only the first reason counts. */
export class StopRequest {
  readonly requested: Promise<StopReason>;
  private readonly controller = new AbortController();
  private resolve: (reason: StopReason) => void = () => undefined;
  private requestedAtMs = 0;

  constructor() {
    this.requested = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  /** Aborted once it is requested. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  request(reason: StopReason): void {
    if (this.signal.aborted) return;
    this.requestedAtMs = performance.now();
    this.controller.abort();
    this.resolve(reason);
  }

  /** The first signal asks; a later one leaves at once, as people expect who press Ctrl-C again. */
  receiveSignal(signal: (typeof SIGNALS)[number], leave: (exitCode: number) => void): void {
    if (!this.signal.aborted) this.request({ text: signal, exitCode: 0 });
    else if (performance.now() - this.requestedAtMs > SAME_SIGNAL_MS) {
      leave(SIGNAL_BASE + constants.signals[signal]);
    }
  }
}

/** Signals of the operating system, and the end of the process that started this one. */
export function listenForStop(): StopRequest {
  const stop = new StopRequest();
  for (const signal of SIGNALS) {
    process.on(signal, () => stop.receiveSignal(signal, (exitCode) => process.exit(exitCode)));
  }
  onParentExit(() => stop.request({ text: 'the process that started the gateway is gone', exitCode: 0 }));
  return stop;
}
