/**
 * The borders of ARCHITECTURE.md: a component is reached through its module, services, ports, guards and interceptors, and
 * through the pure files listed here; its pure core knows neither Nest nor the outside world.
 *
 * Imports of types alone cross every border: they tie nothing at run time. `npm run borders` checks `src` and `migrations`.
 */

/** Their files wire everything together and may reach everything. */
const COMPOSITION = ['^src/[^/]+\\.ts$', '^src/(wiring|start|cli)/'];

const SPECS = '\\.(spec|spec-support)\\.ts$|/testing/';

/** What a component offers by the role of the file. */
const OFFERED_ROLES = '\\.(module|service|port|guard|interceptor|repository)\\.ts$';

/** What a component offers beside that: pure functions and plain types of its domain. Keep it short. */
const OFFERED_FILES = {
  'pipeline/format-adapter': ['data-url', 'model-list', 'sse-frames'],
  'pipeline/provider-router': [
    'build-upstream-headers',
    'connect-guard',
    'filter-request-headers',
    'find-routing-rule',
    'providers/simulated/parse-simulated-model',
    'validate-base-url',
  ],
  'pipeline/rate-limiter': ['build-quota-entries', 'client-ip'],
  'pipeline/request-router': ['scan-json-body', 'splice-json'],
  'pipeline/delivery': ['response-headers'],
  'pipeline/token-counter': ['price-catalogue'],
  'pipeline/validation-gate': [
    'block-sealed',
    'collect-texts',
    'create-policy-violation',
    'detector\\.schema',
    'redact-body',
    'select-policies',
  ],
  'support/monitor': ['journaled-usage-ledger', 'label-cap', 'usage-event'],
  'support/tracing': ['pipeline-trace', 'trace-builder', 'trace-schemas'],
  'storage/database': ['advisory-locks', 'entities/[^/]+', 'impatient-client', 'is-unique-violation'],
  'storage/encryption': ['provider-key-place', 'secret-box'],
  'storage/redis': ['redis-client', 'redis-script', 'tenant-batcher'],
  config: [
    'gateway-config',
    'declarative/declarative-config',
    'declarative/parse-declarative-config',
    'declarative/parse-off-thread',
    'declarative/read-secret',
    'declarative/schema/text\\.schema',
    'fields/[^/]+',
  ],
  health: ['drain-state'],
  tenancy: [
    'apply-declarative-config',
    'declarative/declarative-conflict-error',
    'declarative/summarise-plan',
    'export-declarative-config',
    'config-change-listener',
    'config-store',
    'defaults',
    'find-unserved-rules',
    'has-tag',
    'key-directory',
    'key-format',
    'match-pattern',
  ],
};

const PURE = [
  '^src/(chat|common|errors)/',
  '^src/pipeline/(format-adapter|request-router|validation-gate|token-counter)/',
  '^src/pipeline/provider-router/providers/[^/]+/profile',
];
/** Files of those folders that are the shell, not the core. */
const SHELL = [
  '\\.(module|service|guard|interceptor|filter)\\.ts$',
  '^src/common/pino-logger\\.ts$',
  // Files that settings and storage write alike.
  '^src/common/private-file\\.ts$',
  // Knows Nest's own exceptions.
  '^src/errors/to-gateway-error\\.ts$',
  // Read the encodings from disk and run in worker threads.
  '^src/pipeline/token-counter/token-(encoders|worker)',
];
const OUTSIDE_WORLD =
  '^(node:)?(fs|fs/promises|net|tls|http|https|http2|dgram|dns|dns/promises|child_process|cluster|worker_threads|readline)$';
const CLIENT_LIBRARIES =
  'node_modules/(@nestjs|typeorm|pg|ioredis|undici|fastify|prom-client|pino|@opentelemetry)/';

const isValue = { dependencyTypesNot: ['type-only'] };
const COMPONENT = '^(src/(?:pipeline|support|storage)/[^/]+|src/(?:config|health|tenancy))/';
const offered = [
  OFFERED_ROLES,
  ...Object.entries(OFFERED_FILES).map(([folder, files]) => `^src/${folder}/(${files.join('|')})\\.ts$`),
];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one thing, or hide a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'component-border',
      comment: 'Reach another component through what it offers; see OFFERED_ROLES and OFFERED_FILES.',
      severity: 'error',
      from: { path: COMPONENT, pathNot: SPECS },
      to: { ...isValue, path: COMPONENT, pathNot: ['^$1/', ...offered] },
    },
    {
      name: 'component-border-from-outside',
      comment: 'The same for what belongs to no component: the admin plane, and what the data plane shares.',
      severity: 'error',
      from: { path: '^src/', pathNot: [COMPONENT, SPECS, ...COMPOSITION] },
      to: { ...isValue, path: COMPONENT, pathNot: offered },
    },
    {
      name: 'pure-core',
      comment: 'Pure cores are tested alone: no Nest, no I/O, no client libraries, no storage.',
      severity: 'error',
      from: { path: PURE, pathNot: [...SHELL, SPECS] },
      to: {
        ...isValue,
        path: [OUTSIDE_WORLD, CLIENT_LIBRARIES, '^src/(storage|tenancy/.*(store|repository|guard))'],
      },
    },
    {
      name: 'foundation',
      comment: 'chat, common and errors stand below everything.',
      severity: 'error',
      from: { path: '^src/(chat|common|errors)/', pathNot: SPECS },
      to: { path: '^src/', pathNot: '^src/(chat|common|errors)/' },
    },
    {
      name: 'no-sql-on-the-data-plane',
      comment: 'A request is decided from memory; what must reach PostgreSQL does so behind SqlClient.',
      severity: 'error',
      from: { path: '^src/pipeline/', pathNot: SPECS },
      to: {
        path: ['node_modules/(typeorm|pg)/', '^src/storage/database/'],
        pathNot: '^src/storage/database/sql-client\\.port\\.ts$',
      },
    },
    {
      name: 'not-to-entry',
      comment: 'Nothing depends on how it is put together.',
      severity: 'error',
      from: { path: '^src/', pathNot: [...COMPOSITION, SPECS] },
      to: { path: ['^src/(main|bootstrap|app\\.module|open-infrastructure)\\.ts$', '^src/(start|cli)/'] },
    },
    {
      name: 'not-to-tests',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: SPECS },
      to: { path: ['^(test|bench|scripts)/', SPECS] },
    },
    {
      name: 'specs-not-to-bench',
      severity: 'error',
      from: { path: SPECS },
      to: { path: '^(bench|scripts)/' },
    },
    {
      name: 'not-to-admin',
      comment: 'The data plane works without the admin plane.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/admin/', ...COMPOSITION] },
      to: { path: '^src/admin/' },
    },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: SPECS },
      to: { ...isValue, dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'not-to-undeclared-package',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: SPECS },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
