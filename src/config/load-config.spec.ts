import { completeConfig } from './gateway-config.js';
import { ConfigError, loadConfig } from './load-config.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('needs no variable at all in embedded mode', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({
      mode: 'embedded',
      host: '127.0.0.1',
      port: 8080,
      adminPort: null,
      drainDelaySeconds: 0,
      shutdownGraceSeconds: 30,
      allowPrivateUpstreams: true,
      isLoopbackExemptFromIpLimit: true,
      maxBodyBytes: 33_554_432,
      trustedProxies: 0,
      upstreamTimeouts: { connectMs: 5_000, firstByteMs: 300_000, idleMs: 60_000, totalMs: 900_000 },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('reports every fault at once, missing variables among them', () => {
    const faults = faultsOf({
      DATABASE_URL: 'mysql://x',
      PORT: '80a',
      TRACE_SAMPLE_RATIO: '1.5',
      ALLOW_PRIVATE_UPSTREAMS: 'yes',
      LOG_LEVEL: 'loud',
      TRUSTED_PROXIES: '10.0.0.0/40',
      ADMIN_TOKEN: 'short',
    });
    expect(faults.map((fault) => fault.split(' ')[0]).sort()).toEqual([
      'ADMIN_TOKEN',
      'ALLOW_PRIVATE_UPSTREAMS',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'LOG_LEVEL',
      'PORT',
      'TRACE_SAMPLE_RATIO',
      'TRUSTED_PROXIES',
    ]);
  });

  it('never repeats a secret in an error', () => {
    const secrets = {
      ADMIN_TOKEN: 'hunter2',
      ENCRYPTION_KEYS: 'c2VjcmV0',
      DATABASE_URL: 'oracle://u:pass@h',
      REDIS_URL: 'x:pass',
    };
    const text = faultsOf(secrets).join('\n');
    expect(text).toContain('ADMIN_TOKEN');
    for (const secret of ['hunter2', 'c2VjcmV0', 'pass']) expect(text).not.toContain(secret);
  });

  it('turns to the cautious defaults in server mode', () => {
    const config = loadConfig({
      DATABASE_URL: 'postgres://u@h/d',
      ADMIN_TOKEN: 'x'.repeat(32),
      ENCRYPTION_KEYS: `${KEY},${KEY}`,
    });
    expect(config).toMatchObject({ mode: 'server', drainDelaySeconds: 5, allowPrivateUpstreams: false });
    expect(config.isLoopbackExemptFromIpLimit).toBe(false);
    expect(config.encryptionKeys).toHaveLength(2);
  });

  it('needs no admin token in server mode, and makes none up', () => {
    const env = { DATABASE_URL: 'postgres://u@h/d', ENCRYPTION_KEYS: KEY };
    for (const token of [{}, { ADMIN_TOKEN: '' }])
      expect(loadConfig({ ...env, ...token }).adminToken).toBeNull();
    expect(faultsOf({ ...env, ADMIN_TOKEN: 'short' })).toHaveLength(1);
    expect(faultsOf({ DATABASE_URL: 'postgres://u@h/d' })).toEqual([
      expect.stringMatching(/^ENCRYPTION_KEYS is required/),
    ]);
  });

  it('reads trusted proxies as hops or as networks', () => {
    expect(loadConfig({ TRUSTED_PROXIES: '2' }).trustedProxies).toBe(2);
    expect(loadConfig({ TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1/128',
      '192.0.2.7/32',
    ]);
    expect(faultsOf({ TRUSTED_PROXIES: '10.1' })).toHaveLength(1);
  });

  it('refuses a cache that would fill the heap', () => {
    expect(loadConfig({ CACHE_MEMORY_MB: '64' }).cacheMemoryBytes).toBe(64 * 1_024 ** 2);
    expect(faultsOf({ CACHE_MEMORY_MB: '65536' })).toEqual([
      expect.stringMatching(/^CACHE_MEMORY_MB must not be more than a quarter of V8's heap, \d+ here/),
    ]);
  });

  it('takes an empty variable as unset', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: ' ', ADMIN_PORT: '' })).toMatchObject({
      mode: 'embedded',
      port: 8080,
    });
  });

  it('refuses numbers in spellings that other tools read differently', () => {
    for (const text of ['1e3', '0x10', '8080.0', '-1', '99999', ' 80 80'])
      expect(faultsOf({ PORT: text })).toHaveLength(1);
  });

  it('lets given secrets win over generated ones', () => {
    const generated = { adminToken: 'tpa_generated', encryptionKey: Buffer.alloc(32, 1) };
    expect(completeConfig(loadConfig({}), generated)).toMatchObject({ adminToken: 'tpa_generated' });
    expect(completeConfig(loadConfig({}), generated).encryptionKeys).toEqual([generated.encryptionKey]);
    const given = completeConfig(
      loadConfig({ ADMIN_TOKEN: 'y'.repeat(40), ENCRYPTION_KEYS: KEY }),
      generated,
    );
    expect(given.adminToken).toBe('y'.repeat(40));
    expect(given.encryptionKeys[0]?.toString('base64')).toBe(KEY);
  });
});
