import { resolve } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { LoadedConfig } from './gateway-config.js';
import {
  DEFAULT_CACHE_MEMORY_MB,
  DEFAULT_DRAIN_DELAY_SECONDS,
  type Settings,
  settingsSchema,
} from './settings.schema.js';

const MIB = 1_024 ** 2;

/** All that is wrong with the settings, one line each; holds no secret values. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The settings have ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables. In embedded mode (no DATABASE_URL) admin token and encryption keys may be
 * missing; `completeConfig` fills them in. In server mode the token may be: administrators have their own, see
 * `assertSomebodyMayAdminister`.
 * @throws ConfigError with every fault at once.
 */
export function loadConfig(env: Environment): LoadedConfig {
  const parsed = settingsSchema.safeParse(env);
  const faults = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  faults.push(...listMissing(env));
  if (parsed.success) faults.push(...listContradictions(parsed.data));
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults);
  return convertSettings(parsed.data, listOtel(env));
}

/** Checked on the environment itself, so that these are reported together with malformed values. */
function listMissing(env: Environment): string[] {
  if (!isSet(env.DATABASE_URL) || isSet(env.ENCRYPTION_KEYS)) return [];
  return [
    'ENCRYPTION_KEYS is required when DATABASE_URL is set: a 32-byte base64 key (try: openssl rand -base64 32); keep it, ' +
      'stored secrets open with nothing else',
  ];
}

function listContradictions(settings: Settings): string[] {
  const faults = [];
  const { PORT, ADMIN_PORT, UPSTREAM_CONNECT_TIMEOUT_MS, UPSTREAM_TOTAL_TIMEOUT_MS } = settings;
  if (ADMIN_PORT !== null && ADMIN_PORT !== 0 && ADMIN_PORT === PORT) {
    faults.push('ADMIN_PORT must differ from PORT; leave it unset to share one listener');
  }
  if ((settings.OIDC_ISSUER === null) !== (settings.OIDC_AUDIENCE === null)) {
    faults.push('OIDC_ISSUER and OIDC_AUDIENCE must be set together');
  }
  const largestCacheMb = Math.max(
    DEFAULT_CACHE_MEMORY_MB,
    Math.floor(getHeapStatistics().heap_size_limit / MIB / 4),
  );
  if (settings.CACHE_MEMORY_MB > largestCacheMb) {
    faults.push(
      `CACHE_MEMORY_MB must not be more than a quarter of V8's heap, ${largestCacheMb} here; --max-old-space-size in NODE_OPTIONS sets it`,
    );
  }
  if (UPSTREAM_CONNECT_TIMEOUT_MS > UPSTREAM_TOTAL_TIMEOUT_MS) {
    faults.push('UPSTREAM_CONNECT_TIMEOUT_MS must not be longer than UPSTREAM_TOTAL_TIMEOUT_MS');
  }
  return faults;
}

function convertSettings(settings: Settings, otel: Record<string, string>): LoadedConfig {
  const mode = settings.DATABASE_URL === null ? 'embedded' : 'server';
  return Object.freeze({
    mode,
    host: settings.HOST,
    port: settings.PORT,
    adminPort: settings.ADMIN_PORT,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    redisTimeoutMs: settings.REDIS_TIMEOUT_MS,
    cacheMemoryBytes: settings.CACHE_MEMORY_MB * MIB,
    dataDir: resolve(settings.DATA_DIR),
    adminToken: settings.ADMIN_TOKEN,
    oidc: convertOidc(settings),
    encryptionKeys: Object.freeze(settings.ENCRYPTION_KEYS),
    declarativeConfigPath: settings.GATEWAY_CONFIG === null ? null : resolve(settings.GATEWAY_CONFIG),
    maxBodyBytes: settings.MAX_BODY_BYTES,
    ipRateLimitPerMinute: settings.IP_RATE_LIMIT,
    isLoopbackExemptFromIpLimit: mode === 'embedded',
    trustedProxies: settings.TRUSTED_PROXIES,
    upstreamTimeouts: Object.freeze({
      connectMs: settings.UPSTREAM_CONNECT_TIMEOUT_MS,
      firstByteMs: settings.UPSTREAM_FIRST_BYTE_TIMEOUT_MS,
      idleMs: settings.UPSTREAM_IDLE_TIMEOUT_MS,
      totalMs: settings.UPSTREAM_TOTAL_TIMEOUT_MS,
    }),
    allowPrivateUpstreams: settings.ALLOW_PRIVATE_UPSTREAMS ?? mode === 'embedded',
    drainDelaySeconds: settings.DRAIN_DELAY_SECONDS ?? DEFAULT_DRAIN_DELAY_SECONDS[mode],
    shutdownGraceSeconds: settings.SHUTDOWN_GRACE_SECONDS,
    traceSampleRatio: settings.TRACE_SAMPLE_RATIO,
    retentionTracesDays: settings.RETENTION_TRACES_DAYS,
    retentionUsageDays: settings.RETENTION_USAGE_DAYS,
    logLevel: settings.LOG_LEVEL,
    otel: Object.freeze(otel),
  });
}

function convertOidc(settings: Settings): LoadedConfig['oidc'] {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_ROLE_CLAIM, OIDC_TENANT_CLAIM } = settings;
  if (issuer === null || audience === null) return null;
  return Object.freeze({ issuer, audience, roleClaim: OIDC_ROLE_CLAIM, tenantClaim: OIDC_TENANT_CLAIM });
}

function listOtel(env: Environment): Record<string, string> {
  const entries = Object.entries(env).filter(([name, value]) => name.startsWith('OTEL_') && isSet(value));
  return Object.fromEntries(entries) as Record<string, string>;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== '';
}
