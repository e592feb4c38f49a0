import { z } from 'zod';
import { DEFAULT_TIMEOUTS } from '../tenancy/defaults.js';
import {
  adminToken,
  choice,
  encryptionKeys,
  integer,
  optional,
  optionalBoolean,
  optionalInteger,
  ratio,
  text,
  trustedProxies,
  url,
} from './setting-types.js';

const PORTS = { min: 0, max: 65_535 };
const ONE_DAY_MS = 86_400_000;
const TIMEOUTS_MS = { min: 1, max: ONE_DAY_MS };
const ONE_HOUR_SECONDS = 3_600;
const TEN_YEARS_DAYS = 3_650;
const KIB = 1_024;
const MIB = 1_024 * KIB;

const SHORTEST_ADMIN_TOKEN = 32;
export const DEFAULT_CACHE_MEMORY_MB = 32;
export const DEFAULT_DRAIN_DELAY_SECONDS = { server: 5, embedded: 0 } as const;

/**
 * Every variable that the gateway reads, in the order of docs/configuration.md, which is generated from this. The prefix
 * OTEL_ is read beside it, see load-config.ts.
 */
export const settingsSchema = z.object({
  HOST: text(
    {
      description: 'Address to listen on. `0.0.0.0` or `::` opens it to the network.',
      defaultText: '`127.0.0.1`',
    },
    '127.0.0.1',
  ),
  PORT: integer(
    { description: 'Port of the data plane; 0 takes any free one.', defaultText: '`8080`' },
    8_080,
    PORTS,
  ),
  ADMIN_PORT: optionalInteger(
    {
      description: 'A port of its own for `/admin` and `/metrics`; 0 takes any free one.',
      defaultText: 'same as `PORT`',
    },
    PORTS,
  ),
  DATABASE_URL: url(
    {
      description:
        'PostgreSQL 14 or later, `postgres://user:password@host:5432/database`. Setting it chooses server mode: nothing is ' +
        'generated, `ENCRYPTION_KEYS` is required, and an administrator: `ADMIN_TOKEN` or one that the command line made.',
      defaultText: 'unset: embedded mode, PostgreSQL under `DATA_DIR`',
      secret: true,
    },
    ['postgres', 'postgresql'],
  ),
  REDIS_URL: url(
    {
      description:
        'Redis 6.2 or later, or Valkey: `redis://host:6379/0`, with TLS `rediss://`; Sentinel as ' +
        '`redis+sentinel://host,host/master/0`, with `?sentinelPassword=` (and `sentinelUsername`) where the Sentinels have one ' +
        'of their own; a cluster as `redis+cluster://host,host`. User and password stand before the hosts, as `user:password@`. ' +
        'Several processes share limits, caches and breakers through it. Without it only one process runs on a database.',
      defaultText: 'unset: in process',
      secret: true,
    },
    ['redis', 'rediss', 'redis+sentinel', 'rediss+sentinel', 'redis+cluster', 'rediss+cluster'],
  ),
  REDIS_TIMEOUT_MS: integer(
    {
      description:
        'How long a request waits for Redis before limits fall back to what the tenant chose. Raise it only where Redis is ' +
        'far away.',
      defaultText: '`50`',
    },
    50,
    { min: 1, max: 10_000 },
  ),
  CACHE_MEMORY_MB: integer(
    {
      description:
        'Memory for cached answers in each process, MiB, each enough for about 400 answers of 2 kB. Redis also holds what no longer ' +
        "fits. They are on V8's heap: at most a quarter of it (`NODE_OPTIONS=--max-old-space-size=MIB` makes it larger).",
      defaultText: '`32`',
    },
    DEFAULT_CACHE_MEMORY_MB,
    { min: 1, max: 65_536 },
  ),
  DATA_DIR: text(
    {
      description:
        'Embedded database, ledger journal, first-use secrets. Must outlive the process. Relative to the working directory.',
      defaultText: '`.data`',
    },
    '.data',
  ),
  ADMIN_TOKEN: adminToken(
    {
      description: `Token of the bootstrap platform administrator, ${SHORTEST_ADMIN_TOKEN} characters or more. In server mode it may be left unset once \`npm run tokenpak -- admin create\` has made a platform administrator; there is no bootstrap administrator then.`,
      defaultText: 'generated in embedded mode',
      secret: true,
    },
    SHORTEST_ADMIN_TOKEN,
  ),
  OIDC_ISSUER: url(
    {
      description:
        'OpenID Connect issuer whose tokens administrators may use; its discovery document is read. Needs `OIDC_AUDIENCE`.',
      defaultText: 'unset',
    },
    ['https', 'http'],
  ),
  OIDC_AUDIENCE: optional({ description: 'Audience that those tokens must have.', defaultText: 'unset' }),
  OIDC_ROLE_CLAIM: text(
    {
      description: 'Claim with the role: `platform-admin`, `tenant-admin` or `viewer`, alone or in a list.',
      defaultText: '`tokenpak_role`',
    },
    'tokenpak_role',
  ),
  OIDC_TENANT_CLAIM: text(
    {
      description: "Claim with the tenant's id, for tenant administrators and viewers.",
      defaultText: '`tokenpak_tenant`',
    },
    'tokenpak_tenant',
  ),
  ENCRYPTION_KEYS: encryptionKeys({
    description:
      'Comma-separated 32-byte base64 keys for secrets at rest: the first encrypts, all decrypt, so a new key goes to the ' +
      'front. Required in server mode.',
    defaultText: 'generated in embedded mode',
    secret: true,
  }),
  GATEWAY_CONFIG: optional({
    description:
      'Path of a YAML or JSON file with providers, models, tenants, keys, policies, limits and budgets, applied at every ' +
      'start. See `config/gateway.example.yaml`.',
    defaultText: 'unset',
  }),
  MAX_BODY_BYTES: integer(
    { description: 'Larger request bodies are refused with 413.', defaultText: '`33554432` (32 MiB)' },
    32 * MIB,
    { min: KIB, max: KIB * MIB },
  ),
  IP_RATE_LIMIT: integer(
    {
      description:
        'Requests per minute and client address (IPv6: per /64 network). Loopback is exempt in embedded mode.',
      defaultText: '`6000`',
    },
    6_000,
    { min: 1, max: 100_000_000 },
  ),
  TRUSTED_PROXIES: trustedProxies({
    description:
      'Whose `x-forwarded-for` counts: the number of proxies in front of the gateway, or their addresses and CIDR networks, ' +
      'comma-separated.',
    defaultText: 'none',
  }),
  UPSTREAM_CONNECT_TIMEOUT_MS: integer(
    {
      description: 'Connecting to a provider, TLS included. Narrower per provider and deployment.',
      defaultText: `\`${DEFAULT_TIMEOUTS.connectMs}\``,
    },
    DEFAULT_TIMEOUTS.connectMs,
    TIMEOUTS_MS,
  ),
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: integer(
    {
      description: 'From the request sent to the first byte of its answer.',
      defaultText: `\`${DEFAULT_TIMEOUTS.firstByteMs}\``,
    },
    DEFAULT_TIMEOUTS.firstByteMs,
    TIMEOUTS_MS,
  ),
  UPSTREAM_IDLE_TIMEOUT_MS: integer(
    { description: 'Between two pieces of an answer.', defaultText: `\`${DEFAULT_TIMEOUTS.idleMs}\`` },
    DEFAULT_TIMEOUTS.idleMs,
    TIMEOUTS_MS,
  ),
  UPSTREAM_TOTAL_TIMEOUT_MS: integer(
    {
      description: 'A whole request, all attempts together.',
      defaultText: `\`${DEFAULT_TIMEOUTS.totalMs}\``,
    },
    DEFAULT_TIMEOUTS.totalMs,
    TIMEOUTS_MS,
  ),
  ALLOW_PRIVATE_UPSTREAMS: optionalBoolean({
    description: 'Providers may have private and loopback addresses. Metadata services of clouds never.',
    defaultText: '`true` in embedded mode, else `false`',
  }),
  DRAIN_DELAY_SECONDS: optionalInteger(
    {
      description: 'How long the gateway keeps serving after SIGTERM, so that load balancers notice.',
      defaultText: `\`${DEFAULT_DRAIN_DELAY_SECONDS.server}\`, in embedded mode \`${DEFAULT_DRAIN_DELAY_SECONDS.embedded}\``,
    },
    { min: 0, max: ONE_HOUR_SECONDS },
  ),
  SHUTDOWN_GRACE_SECONDS: integer(
    { description: 'How long running answers may take to finish after that.', defaultText: '`30`' },
    30,
    { min: 0, max: ONE_HOUR_SECONDS },
  ),
  TRACE_SAMPLE_RATIO: ratio(
    {
      description:
        'Share of ordinary requests whose traces are stored, 0 to 1. Errors, blocks and failovers are stored beside it, up to 50 of ' +
        'each kind a second and process.',
      defaultText: '`0.1`',
    },
    0.1,
  ),
  RETENTION_TRACES_DAYS: integer(
    { description: 'Days that stored traces are kept.', defaultText: '`14`' },
    14,
    {
      min: 1,
      max: TEN_YEARS_DAYS,
    },
  ),
  RETENTION_USAGE_DAYS: integer(
    { description: 'Days that ledger rows are kept.', defaultText: '`400`' },
    400,
    {
      min: 1,
      max: TEN_YEARS_DAYS,
    },
  ),
  LOG_LEVEL: choice(
    { description: 'trace, debug, info, warn, error, fatal or silent.', defaultText: '`info`' },
    'info',
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
  ),
});

export type Settings = z.infer<typeof settingsSchema>;
