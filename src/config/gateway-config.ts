import type { UpstreamTimeouts } from '../tenancy/config-snapshot.js';

export const GATEWAY_CONFIG = Symbol('GatewayConfig');

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** How many hops before the gateway are ours, or their networks; 0 or an empty list: none. */
export type TrustedProxies = number | readonly string[];

/** Administrators who come with tokens of the organisation's own OpenID Connect issuer. */
export interface OidcSettings {
  issuer: string;
  audience: string;
  /** Claim that holds a role's name, or a list with one. */
  roleClaim: string;
  /** Claim that holds a tenant's id. */
  tenantClaim: string;
}

/** The settings of this process, frozen. One member for every variable of docs/configuration.md. */
export interface GatewayConfig {
  /** `embedded`: the gateway runs its own PostgreSQL; `server`: DATABASE_URL names one. */
  mode: 'embedded' | 'server';
  host: string;
  /** 0: any free port. */
  port: number;
  /** Null: the admin plane shares the data plane's listener; 0: any free port. */
  adminPort: number | null;
  /** Null in embedded mode until the embedded server has started. */
  databaseUrl: string | null;
  /** Null: limits, caches and breakers live in this process. */
  redisUrl: string | null;
  redisTimeoutMs: number;
  /** Of cached answers in this process. */
  cacheMemoryBytes: number;
  /** Absolute path. */
  dataDir: string;
  /** Null in server mode without one: there is no bootstrap administrator. Null in embedded mode until it was generated. */
  adminToken: string | null;
  /** Null: administrators have tokens of the gateway's own only. */
  oidc: Readonly<OidcSettings> | null;
  /** 32 bytes each; the first encrypts, all decrypt. */
  encryptionKeys: readonly Buffer[];
  /** Absolute path of the declarative file; null: none. */
  declarativeConfigPath: string | null;
  maxBodyBytes: number;
  /** Requests per address and minute. */
  ipRateLimitPerMinute: number;
  /** Requests from this machine itself are not counted per address. */
  isLoopbackExemptFromIpLimit: boolean;
  trustedProxies: TrustedProxies;
  upstreamTimeouts: Readonly<UpstreamTimeouts>;
  allowPrivateUpstreams: boolean;
  drainDelaySeconds: number;
  shutdownGraceSeconds: number;
  /** 0 to 1. */
  traceSampleRatio: number;
  retentionTracesDays: number;
  retentionUsageDays: number;
  logLevel: LogLevel;
  /** Standard OpenTelemetry variables as they were set. */
  otel: Readonly<Record<string, string>>;
}

/** What embedded mode generates where the environment gives nothing; see first-use.ts. */
export interface GeneratedSecrets {
  adminToken: string;
  encryptionKey: Buffer;
}

/** Settings as the environment gives them: in embedded mode the secrets may still be missing. */
export type LoadedConfig = GatewayConfig;

/** Fills what embedded mode generated into what the environment left open. Given secrets win. */
export function completeConfig(loaded: LoadedConfig, generated: GeneratedSecrets): GatewayConfig {
  return Object.freeze({
    ...loaded,
    adminToken: loaded.adminToken ?? generated.adminToken,
    encryptionKeys:
      loaded.encryptionKeys.length > 0 ? loaded.encryptionKeys : Object.freeze([generated.encryptionKey]),
  });
}
