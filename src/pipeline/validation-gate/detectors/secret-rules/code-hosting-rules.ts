import { type SecretRule, token } from './secret-rule.js';

const GITLAB_STARTS = [
  'glpat-',
  'gldt-',
  'glrt-',
  'glcbt-',
  'glptt-',
  'glft-',
  'glsoat-',
  'glagent-',
  'glimt-',
];

/** Code hosting, package registries, build services. */
export const CODE_HOSTING_RULES: readonly SecretRule[] = [
  token('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], '[A-Za-z0-9_]{36,}'),
  // Installation tokens of the newer form hold a JWT behind the installation's number.
  token(
    'github-installation-token',
    ['ghs_'],
    '[0-9]{1,20}_[A-Za-z0-9-]{8,1000}\\.[\\w-]{8,8000}\\.[\\w-]{8,}',
  ),
  token('github-fine-grained-token', ['github_pat_'], '[A-Za-z0-9_]{36,}'),
  token('gitlab-token', GITLAB_STARTS, '[A-Za-z0-9_.-]{20,}'),
  token('gitlab-oauth-secret', ['gloas-'], '[0-9a-f]{64}'),
  token('bitbucket-app-password', ['ATBB'], '[A-Za-z0-9]{28,}'),
  token('npm-token', ['npm_'], '[A-Za-z0-9]{36,}'),
  token('npmrc-auth-token', ['_authToken='], '[^\\s"\'`\\\\]{16,}'),
  token('pypi-token', ['pypi-AgE', 'pypi-AgN'], '[A-Za-z0-9_-]{50,}'),
  token('rubygems-key', ['rubygems_'], '[0-9a-f]{48}'),
  token('crates-io-token', ['cio'], '[A-Za-z0-9]{32}(?![A-Za-z0-9])'),
  token('nuget-key', ['oy2'], '[a-z0-9]{43}(?![A-Za-z0-9])'),
  token('clojars-token', ['CLOJARS_'], '[a-z0-9]{60}'),
  token('docker-token', ['dckr_pat_', 'dckr_oat_'], '[A-Za-z0-9_-]{27,}'),
  token('artifactory-key', ['AKCp'], '[A-Za-z0-9]{69}(?![A-Za-z0-9])'),
  token('artifactory-reference-token', ['cmVmdGtu'], '[A-Za-z0-9]{56}(?![A-Za-z0-9])'),
  token('circleci-token', ['CCIPAT_'], '[A-Za-z0-9]{22}_[0-9a-f]{40}'),
  token('buildkite-token', ['bkua_'], '[0-9a-f]{40}'),
  token('sonarqube-token', ['squ_', 'sqp_', 'sqa_'], '[0-9a-f]{40}'),
  token('sourcegraph-token', ['sgp_'], '(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}'),
  token('sentry-user-token', ['sntryu_'], '[0-9a-f]{64}'),
  token('sentry-org-token', ['sntrys_'], 'eyJ[A-Za-z0-9+/=_-]{40,}'),
];
