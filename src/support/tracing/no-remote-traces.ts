import type { RemoteTraces } from './remote-traces.port.js';

/** For a gateway of one process: there is nobody to ask. */
export class NoRemoteTraces implements RemoteTraces {
  find(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
