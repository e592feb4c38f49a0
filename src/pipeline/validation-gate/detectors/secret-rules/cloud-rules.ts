import { type SecretRule, shape, token } from './secret-rule.js';

const AWS_ID_STARTS = ['AKIA', 'ASIA', 'AGPA', 'AIDA', 'AROA', 'AIPA', 'ANPA', 'ANVA', 'ABIA', 'ACCA'];
/** A quote, also one that is escaped in JSON, or none. */
const QUOTE = '\\\\?["\'`]?';
const ASSIGNED = `${QUOTE}\\s{0,8}(?::|=>|=)\\s{0,8}${QUOTE}`;

/** Clouds, hosting and databases: shapes as their documentation and their own secret scanning programmes publish them. */
export const CLOUD_RULES: readonly SecretRule[] = [
  token('aws-access-key-id', AWS_ID_STARTS, '[A-Z0-9]{16}(?![A-Za-z0-9])'),
  token('aws-access-key-id', ['A3T'], '[A-Z0-9]{17}(?![A-Za-z0-9])'),
  {
    name: 'aws-secret-access-key',
    anchors: ['ecret', 'ECRET'],
    pattern: `[Ss](?:ecret|ECRET)_?(?:[Aa]ccess|ACCESS)_?(?:[Kk]ey|KEY)${ASSIGNED}[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])`,
    leads: [1],
  },
  token('google-api-key', ['AIza'], '[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])'),
  token('google-oauth-client-secret', ['GOCSPX-'], '[A-Za-z0-9_-]{24,}'),
  token('google-oauth-access-token', ['ya29.'], '[A-Za-z0-9_-]{30,}'),
  token('google-oauth-refresh-token', ['1//0'], '[A-Za-z0-9_-]{40,}'),
  token('azure-shared-key', ['AccountKey=', 'SharedAccessKey='], '[A-Za-z0-9+/]{40,}={0,2}'),
  shape(
    'azure-client-secret',
    ['8Q~'],
    [3],
    '[A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])',
  ),
  { name: 'azure-sas', anchors: ['sig='], pattern: '(?<=[?&])sig=[A-Za-z0-9%+/]{40,}={0,2}', leads: [0] },
  token('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], '[0-9a-f]{64}'),
  token('cloudflare-token', ['cfk_', 'cfut_', 'cfat_'], '[A-Za-z0-9]{40}[0-9a-f]{8}(?![A-Za-z0-9])'),
  token('heroku-api-key', ['HRKU-'], '[A-Za-z0-9_-]{36,}'),
  token('vercel-token', ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], '[A-Za-z0-9]{20,}'),
  token('netlify-token', ['nfp_'], '[A-Za-z0-9]{36,}'),
  token('fly-token', ['fm1r_', 'fm2_'], '[A-Za-z0-9+/=]{60,}'),
  token('alibaba-access-key-id', ['LTAI'], '[A-Za-z0-9]{17,21}(?![A-Za-z0-9])'),
  token('tencent-secret-id', ['AKID'], '[A-Za-z0-9]{32}(?![A-Za-z0-9])'),
  token('databricks-token', ['dapi'], '[A-Fa-f0-9]{32}(?:-[0-9])?(?![A-Za-z0-9])'),
  token('supabase-key', ['sbp_'], '[0-9a-f]{40}'),
  token('supabase-secret-key', ['sb_secret_'], '[A-Za-z0-9_-]{20,}'),
  token('planetscale-token', ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], '[A-Za-z0-9_.=-]{32,}'),
  token('hashicorp-vault-token', ['hvs.', 'hvb.', 'hvr.'], '[A-Za-z0-9_-]{24,}'),
  shape('terraform-cloud-token', ['.atlasv1.'], [14], '[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60,}'),
  token(
    'doppler-token',
    ['dp.pt.', 'dp.st.', 'dp.sa.', 'dp.ct.', 'dp.scim.', 'dp.audit.'],
    '[A-Za-z0-9._-]{40,}',
  ),
  token('tailscale-key', ['tskey-'], '[a-z]{2,20}-[0-9A-Za-z_]{8,40}-[0-9A-Za-z_]{16,}'),
  token('pulumi-token', ['pul-'], '[0-9a-f]{40}'),
  token('age-secret-key', ['AGE-SECRET-KEY-1'], '[0-9A-Z]{58}'),
];
