import type { IncomingMessage } from 'node:http';
import type { TrustedProxies } from '../../config/gateway-config.js';
import { createClientIpResolver, isLoopback, toThrottleKey } from './client-ip.js';

function resolve(trusted: TrustedProxies, peer: string | undefined, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return createClientIpResolver(trusted)({
    socket: { remoteAddress: peer },
    headers,
  } as unknown as IncomingMessage);
}

describe('createClientIpResolver', () => {
  it('believes nobody by default', () => {
    expect(resolve(0, '198.51.100.1', '203.0.113.9')).toBe('198.51.100.1');
    expect(resolve([], '198.51.100.1', '203.0.113.9')).toBe('198.51.100.1');
  });

  it('goes as many hops to the left as are trusted, and no further', () => {
    expect(resolve(1, '10.0.0.1', '6.6.6.6, 203.0.113.9')).toBe('203.0.113.9');
    expect(resolve(2, '10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2')).toBe('203.0.113.9');
    expect(resolve(2, '10.0.0.1', '203.0.113.9')).toBe('203.0.113.9');
    expect(resolve(1, '10.0.0.1')).toBe('10.0.0.1');
  });

  it('takes the rightmost address that is in no trusted network', () => {
    const networks = ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.7'];
    expect(resolve(networks, '10.1.1.1', '6.6.6.6, 203.0.113.9, 10.2.2.2')).toBe('203.0.113.9');
    expect(resolve(networks, '192.0.2.7', '2001:db8:2::5, 2001:db8:1::1')).toBe('2001:db8:2::5');
    expect(resolve(networks, '203.0.113.1', '6.6.6.6')).toBe('203.0.113.1');
    expect(resolve(networks, '10.1.1.1', '10.2.2.2')).toBe('10.2.2.2');
  });

  it('stops at what is no address', () => {
    expect(resolve(3, '10.0.0.1', '203.0.113.9, unknown, 10.0.0.2')).toBe('10.0.0.2');
    expect(resolve(1, '10.0.0.1', '')).toBe('10.0.0.1');
    expect(resolve(1, '10.0.0.1', '0x7f.1')).toBe('10.0.0.1');
  });

  it('reads ports, brackets, zones and mapped IPv4', () => {
    expect(resolve(1, '10.0.0.1', '203.0.113.9:4711')).toBe('203.0.113.9');
    expect(resolve(1, '10.0.0.1', '[2001:DB8:0::1]:4711')).toBe('2001:db8::1');
    expect(resolve(1, '10.0.0.1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(resolve(0, '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(resolve(['10.0.0.0/8'], '::ffff:10.0.0.1', '203.0.113.9')).toBe('203.0.113.9');
  });

  it('does not fail when the socket is gone or the header is huge', () => {
    expect(resolve(0, undefined)).toBe('unknown');
    expect(resolve(32, '10.0.0.1', '203.0.113.9,'.repeat(10_000))).toBe('10.0.0.1');
  });
});

describe('toThrottleKey', () => {
  it('counts an IPv6 subscriber as one', () => {
    expect(toThrottleKey('2001:db8:1:2::1')).toBe(toThrottleKey('2001:db8:1:2:ffff:1:2:3'));
    expect(toThrottleKey('2001:db8:1:2::1')).not.toBe(toThrottleKey('2001:db8:1:3::1'));
    expect(toThrottleKey('203.0.113.9')).toBe('203.0.113.9');
    expect(toThrottleKey('unknown')).toBe('unknown');
  });
});

describe('isLoopback', () => {
  it('knows this machine', () => {
    expect(['127.0.0.1', '127.8.9.1', '::1', '12.7.0.1', '::2'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
