import ipaddr from 'ipaddr.js';

/**
 * - `public`: may be connected to.
 * - `private`: loopback, private, shared (carrier-grade NAT), link-local, reserved, multicast and everything else that is
 *   not global unicast; only with private upstreams allowed.
 * - `metadata`: a cloud's instance metadata or credential service, and IPv4 link-local as a whole, where clouds keep adding
 *   such services; never.
 */
export type AddressClass = 'public' | 'private' | 'metadata';

/** Metadata and credential services outside 169.254.0.0/16: Alibaba, Oracle (old), Azure's wire server, AWS, Google (IPv6). */
const METADATA = new Set([
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
]);

/** Class of an IP address in text form (an IPv6 zone is ignored). Unparsable text is `metadata`: never connected to. */
export function classifyAddress(text: string): AddressClass {
  if (!ipaddr.isValid(text)) return 'metadata';
  const address = ipaddr.parse(text.split('%', 1)[0] ?? text);
  if (address instanceof ipaddr.IPv4) return classifyIpv4(address);
  return address instanceof ipaddr.IPv6 ? classifyIpv6(address) : 'metadata';
}

function classifyIpv4(address: ipaddr.IPv4): AddressClass {
  if (address.range() === 'linkLocal' || METADATA.has(address.toString())) return 'metadata';
  return address.range() === 'unicast' ? 'public' : 'private';
}

function classifyIpv6(address: ipaddr.IPv6): AddressClass {
  if (METADATA.has(address.toString())) return 'metadata';
  const embedded = findEmbeddedIpv4(address);
  if (embedded !== null) {
    const inner = classifyIpv4(embedded.address);
    return inner === 'public' && !embedded.isRoutable ? 'private' : inner;
  }
  const isGlobalUnicast = ((address.parts[0] ?? 0) & 0xe000) === 0x2000; // 2000::/3
  return isGlobalUnicast && address.range() === 'unicast' ? 'public' : 'private';
}

/**
 * The IPv4 address that a connect to this IPv6 address may end at. `isRoutable` is false for the obsolete forms
 * (IPv4-compatible, stateless translation, 6to4), which no provider uses.
 */
function findEmbeddedIpv4(address: ipaddr.IPv6): { address: ipaddr.IPv4; isRoutable: boolean } | null {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0, p6 = 0, p7 = 0] = address.parts;
  const range = address.range();
  if (range === 'ipv4Mapped') return { address: toIpv4(p6, p7), isRoutable: true };
  // 64:ff9b::/96 is where DNS64 puts every IPv4-only host; 64:ff9b:1::/48 is for local use.
  if (range === 'rfc6052') return { address: toIpv4(p6, p7), isRoutable: p2 === 0 };
  if (range === '6to4') return { address: toIpv4(p1, p2), isRoutable: false };
  if (range === 'rfc6145') return { address: toIpv4(p6, p7), isRoutable: false };
  const isCompatible = p0 + p1 + p2 + p3 + p4 + p5 === 0 && range !== 'loopback' && range !== 'unspecified';
  return isCompatible ? { address: toIpv4(p6, p7), isRoutable: false } : null;
}

function toIpv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
