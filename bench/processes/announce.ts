import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free local port and tells the parent; ends with the parent, also when that was killed. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
  });
  process.once('disconnect', () => process.exit(0));
}
