import type { BreakerChannel } from './breaker-channel.port.js';

/** For a gateway of one process: there is nobody to tell. */
export class NoBreakerChannel implements BreakerChannel {
  publish(): void {
    return;
  }

  subscribe(): void {
    return;
  }

  recall(): void {
    return;
  }

  onGap(): void {
    return;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
