import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import type { TrustedProxies } from '../../config/gateway-config.js';

/** The client's address in plain notation: IPv4 dotted, IPv6 shortest, mapped IPv4 as IPv4. `unknown` once the socket is gone. */
export type ClientIpResolver = (raw: IncomingMessage) => string;

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

const UNKNOWN = 'unknown';
const MAPPED_PREFIX = '::ffff:';
/** More than any real chain of proxies; the rest of a longer header is not looked at. */
const MAX_HOPS = 32;

/**
 * Whose address a request counts for.
 *
 * A number `n` says that the last `n` hops are ours: the client is who connected to the outermost of them. Networks say which
 * hops are ours: the client is the first address from the right that is in none of them. Everything further left was written
 * by strangers and is never believed; a hop that is not an address ends the walk at the last one that was.
 */
export function createClientIpResolver(trustedProxies: TrustedProxies): ClientIpResolver {
  if (typeof trustedProxies === 'number') {
    return trustedProxies === 0 ? readPeer : (raw) => walk(raw, (_address, hop) => hop < trustedProxies);
  }
  const networks = trustedProxies.map(parseNetwork);
  return networks.length === 0 ? readPeer : (raw) => walk(raw, (address) => isInside(address, networks));
}

/** Addresses that are counted together: an IPv6 subscriber has a /64 and as many addresses in it as it likes. */
export function toThrottleKey(ip: string): string {
  if (!ip.includes(':') || !ipaddr.IPv6.isValid(ip)) return ip;
  const { parts } = ipaddr.IPv6.parse(ip);
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

/** This machine itself. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1';
}

function readPeer(raw: IncomingMessage): string {
  const address = raw.socket.remoteAddress;
  if (address === undefined) return UNKNOWN;
  return address.startsWith(MAPPED_PREFIX) && address.includes('.')
    ? address.slice(MAPPED_PREFIX.length)
    : address;
}

/** From the socket's peer to the left, as long as the hop that was reached is trusted. */
function walk(raw: IncomingMessage, isTrusted: (address: string, hop: number) => boolean): string {
  let client = readPeer(raw);
  const forwarded = listForwarded(raw);
  for (let hop = 0; hop < MAX_HOPS && isTrusted(client, hop); hop += 1) {
    const next = parseHop(forwarded.pop());
    if (next === null) return client;
    client = next;
  }
  return client;
}

function listForwarded(raw: IncomingMessage): string[] {
  const header = raw.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : header;
  return text === undefined ? [] : text.split(',').slice(-MAX_HOPS);
}

/** `1.2.3.4`, `1.2.3.4:567`, `2001:db8::1`, `[2001:db8::1]:567`; null for anything else. */
function parseHop(text: string | undefined): string | null {
  if (text === undefined) return null;
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1];
  const bare = bracketed ?? trimmed.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare);
  return isAddress ? ipaddr.process(bare.split('%', 1)[0] ?? bare).toString() : null;
}

function isInside(text: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return networks.some((network) => address.kind() === network[0].kind() && address.match(network));
}

/** @throws for what is neither an address nor a network; the settings were checked at start. */
function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
