import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { classifyAddress } from './classify-address.js';

/** Resolves a name to all its addresses; `dns.lookup` in production. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ConnectGuardOptions {
  /** ALLOW_PRIVATE_UPSTREAMS. Metadata services are refused even so. */
  allowPrivateAddresses: boolean;
  connectTimeoutMs: number;
  lookup?: LookupAll;
}

/** The address that a host stands for must not be connected to. */
export class AddressRefusedError extends Error {
  constructor(hostname: string, address: string) {
    super(`${hostname} stands for ${address}, which upstream calls may not reach`);
    this.name = 'AddressRefusedError';
  }
}

/**
 * Opens upstream sockets, and only to allowed addresses.
 *
 * The check sits between name resolution and connect, on the very addresses that the socket then uses: a name that changed
 * its address since the provider was configured (DNS rebinding) is caught, and hosts spelled as decimal, octal or hex
 * numbers are caught as what they resolve to. One forbidden address among several refuses the name. Literal addresses are
 * never resolved by node:net and are checked before.
 */
export function createGuardedConnector(options: ConnectGuardOptions): buildConnector.connector {
  const isRefused = (address: string): boolean => {
    const kind = classifyAddress(address);
    return kind === 'metadata' || (kind === 'private' && !options.allowPrivateAddresses);
  };
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    lookup: createGuardedLookup(options.lookup ?? systemLookup, isRefused),
  });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(literal) === 0 || !isRefused(literal)) return connect(target, callback);
    // Asynchronous like every other outcome: undici is still setting the connection up.
    queueMicrotask(() => callback(new AddressRefusedError(target.hostname, literal), null));
  };
}

function createGuardedLookup(lookup: LookupAll, isRefused: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    const { family, hints, order } = options;
    const all: LookupAllOptions = { all: true };
    if (family !== undefined) all.family = family;
    if (hints !== undefined) all.hints = hints;
    if (order !== undefined) all.order = order;
    lookup(hostname, all, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const refused = addresses.find(({ address }) => isRefused(address));
      if (refused) return callback(new AddressRefusedError(hostname, refused.address), '', 0);
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      if (first) return callback(null, first.address, first.family);
      return callback(new Error(`${hostname} has no address`), '', 0);
    });
  };
}
