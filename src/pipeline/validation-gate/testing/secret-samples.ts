import fc from 'fast-check';

/**
 * Secrets of public shapes, made up when the tests run and put together from pieces: none is anybody's, and no scanner finds
 * one in this file.
 */
export interface SecretSample {
  /** Name of the rule that is meant to find it. */
  rule: string;
  text: string;
  /** What must not be readable afterwards: all of the text, or a part of it. */
  secret: string;
}

type Draw = (length: number) => string;

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** A builder draws its random parts from these alphabets. */
interface Alphabets {
  alnum: Draw;
  upper: Draw;
  lower: Draw;
  hex: Draw;
  digits: Draw;
  /** Letters, digits, `_` and `-`, a letter at both ends. */
  url: Draw;
  base64: Draw;
}

type Builder = (draw: Alphabets) => string | { text: string; secret: string };

const BUILDERS: readonly (readonly [rule: string, build: Builder])[] = [
  ['tokenpak-key', (d) => ['tp', 'k_', d.alnum(49)].join('')],
  ['tokenpak-key', (d) => ['tp', 'a_', d.alnum(49)].join('')],
  ['anthropic-key', (d) => ['sk', '-ant-', 'api03-', d.url(93), 'AA'].join('')],
  ['anthropic-key', (d) => ['sk', '-ant-', 'admin01-', d.url(93), 'AA'].join('')],
  ['openai-project-key', (d) => ['sk', '-proj-', d.url(74), 'T3', 'BlbkFJ', d.url(74)].join('')],
  ['openai-project-key', (d) => ['sk', '-svcacct-', d.url(58), 'T3', 'BlbkFJ', d.url(58)].join('')],
  ['openai-style-key', (d) => ['sk', '-', d.alnum(20), 'T3', 'BlbkFJ', d.alnum(20)].join('')],
  ['openrouter-key', (d) => ['sk', '-or-v1-', d.hex(64)].join('')],
  ['langfuse-key', (d) => ['sk', '-lf-', [8, 4, 4, 4, 12].map((n) => d.hex(n)).join('-')].join('')],
  ['huggingface-token', (d) => ['h', 'f_', d.lower(17), d.upper(17)].join('')],
  ['groq-key', (d) => ['gs', 'k_', d.alnum(52)].join('')],
  ['xai-key', (d) => ['xa', 'i-', d.alnum(80)].join('')],
  ['perplexity-key', (d) => ['ppl', 'x-', d.alnum(48)].join('')],
  ['replicate-token', (d) => ['r', '8_', d.alnum(37)].join('')],
  ['fireworks-key', (d) => ['f', 'w_', d.alnum(24)].join('')],
  ['cerebras-key', (d) => ['cs', 'k-', d.lower(48)].join('')],
  ['nvidia-key', (d) => ['nv', 'api-', d.url(64)].join('')],
  ['pinecone-key', (d) => ['pc', 'sk_', d.alnum(70)].join('')],
  ['langsmith-key', (d) => ['lsv2', '_pt_', d.hex(32), '_', d.hex(10)].join('')],
  ['elevenlabs-key', (d) => ['s', 'k_', d.hex(48)].join('')],
  ['tavily-key', (d) => ['tv', 'ly-', d.alnum(32)].join('')],
  ['aws-access-key-id', (d) => ['AK', 'IA', d.upper(16)].join('')],
  ['aws-access-key-id', (d) => ['AS', 'IA', d.upper(16)].join('')],
  ['aws-access-key-id', (d) => ['A3', 'T', d.upper(17)].join('')],
  ['aws-secret-access-key', (d) => ['SECRET_ACCESS', '_KEY=', d.alnum(40)].join('')],
  ['aws-secret-access-key', (d) => ['secretAccess', 'Key": "', d.alnum(40)].join('')],
  ['google-api-key', (d) => ['AI', 'za', d.url(35)].join('')],
  ['google-oauth-client-secret', (d) => ['GOC', 'SPX-', d.url(28)].join('')],
  ['google-oauth-access-token', (d) => ['ya', '29.', d.url(120)].join('')],
  ['google-oauth-refresh-token', (d) => ['1/', '/0', d.url(60)].join('')],
  ['azure-shared-key', (d) => ['Account', 'Key=', d.base64(86), '=='].join('')],
  ['azure-shared-key', (d) => ['SharedAccess', 'Key=', d.base64(43), '='].join('')],
  ['azure-client-secret', (d) => [d.alnum(3), '8Q', '~', d.alnum(34)].join('')],
  ['azure-sas', (d) => withSecret(['?sv=2023&s', 'ig='], `${d.alnum(43)}%3D`)],
  ['digitalocean-token', (d) => ['dop', '_v1_', d.hex(64)].join('')],
  ['cloudflare-token', (d) => ['cf', 'ut_', d.alnum(40), d.hex(8)].join('')],
  ['heroku-api-key', (d) => ['HR', 'KU-', d.url(58)].join('')],
  ['vercel-token', (d) => ['vc', 'p_', d.alnum(24)].join('')],
  ['netlify-token', (d) => ['nf', 'p_', d.alnum(36)].join('')],
  ['fly-token', (d) => ['fm', '2_', d.base64(120)].join('')],
  ['alibaba-access-key-id', (d) => ['LT', 'AI', d.alnum(20)].join('')],
  ['tencent-secret-id', (d) => ['AK', 'ID', d.alnum(32)].join('')],
  ['databricks-token', (d) => ['da', 'pi', d.hex(32)].join('')],
  ['databricks-token', (d) => ['da', 'pi', d.hex(32), '-3'].join('')],
  ['supabase-key', (d) => ['sb', 'p_', d.hex(40)].join('')],
  ['supabase-secret-key', (d) => ['sb', '_secret_', d.url(31)].join('')],
  ['planetscale-token', (d) => ['pscale', '_tkn_', d.url(43)].join('')],
  ['hashicorp-vault-token', (d) => ['hv', 's.', d.url(95)].join('')],
  ['hashicorp-vault-token', (d) => ['hv', 'b.', d.url(140)].join('')],
  ['terraform-cloud-token', (d) => [d.alnum(14), '.atlas', 'v1.', d.url(67)].join('')],
  ['doppler-token', (d) => ['dp', '.pt.', d.alnum(43)].join('')],
  ['tailscale-key', (d) => ['ts', 'key-', 'auth-', d.alnum(12), '-', d.alnum(32)].join('')],
  ['pulumi-token', (d) => ['pu', 'l-', d.hex(40)].join('')],
  ['age-secret-key', (d) => ['AGE-SECRET', '-KEY-1', d.upper(58)].join('')],
  ['github-token', (d) => ['gh', 'p_', d.alnum(36)].join('')],
  ['github-token', (d) => ['gh', 'o_', d.alnum(36)].join('')],
  ['github-token', (d) => ['gh', 's_', d.alnum(36)].join('')],
  ['github-installation-token', (d) => ['gh', 's_', '123456_', jwt(d)].join('')],
  ['github-fine-grained-token', (d) => ['github', '_pat_', d.alnum(22), '_', d.alnum(59)].join('')],
  ['gitlab-token', (d) => ['gl', 'pat-', d.url(20)].join('')],
  ['gitlab-token', (d) => ['gl', 'rt-', d.url(20)].join('')],
  ['gitlab-oauth-secret', (d) => ['gl', 'oas-', d.hex(64)].join('')],
  ['bitbucket-app-password', (d) => ['AT', 'BB', d.alnum(32)].join('')],
  ['npm-token', (d) => ['np', 'm_', d.alnum(36)].join('')],
  ['npmrc-auth-token', (d) => withSecret(['_auth', 'Token='], d.alnum(36))],
  ['pypi-token', (d) => ['py', 'pi-Ag', 'EIcHlwaS5vcmc', d.url(80)].join('')],
  ['rubygems-key', (d) => ['ruby', 'gems_', d.hex(48)].join('')],
  ['crates-io-token', (d) => ['ci', 'o', d.alnum(32)].join('')],
  ['nuget-key', (d) => ['oy', '2', d.lower(43)].join('')],
  ['clojars-token', (d) => ['CLO', 'JARS_', d.lower(60)].join('')],
  ['docker-token', (d) => ['dckr', '_pat_', d.url(27)].join('')],
  ['artifactory-key', (d) => ['AK', 'Cp', d.alnum(69)].join('')],
  ['artifactory-reference-token', (d) => ['cmVm', 'dGtu', d.alnum(56)].join('')],
  ['circleci-token', (d) => ['CCI', 'PAT_', d.alnum(22), '_', d.hex(40)].join('')],
  ['buildkite-token', (d) => ['bk', 'ua_', d.hex(40)].join('')],
  ['sonarqube-token', (d) => ['sq', 'p_', d.hex(40)].join('')],
  ['sourcegraph-token', (d) => ['sg', 'p_', d.hex(16), '_', d.hex(40)].join('')],
  ['sentry-user-token', (d) => ['sntr', 'yu_', d.hex(64)].join('')],
  ['sentry-org-token', (d) => ['sntr', 'ys_', 'eyJ', d.alnum(80)].join('')],
  ['slack-token', (d) => ['xo', 'xb-', d.digits(12), '-', d.digits(12), '-', d.alnum(24)].join('')],
  ['slack-token', (d) => ['xa', 'pp-1-', d.alnum(11), '-', d.digits(12), '-', d.hex(64)].join('')],
  [
    'slack-webhook',
    (d) => ['hooks.sla', 'ck.com/services/T', d.alnum(8), '/B', d.alnum(8), '/', d.alnum(24)].join(''),
  ],
  ['discord-webhook', (d) => ['discord', '.com/api/webhooks/', d.digits(18), '/', d.url(68)].join('')],
  ['telegram-bot-token', (d) => [d.digits(10), ':A', 'A', d.url(33)].join('')],
  ['twilio-api-key', (d) => ['S', 'K', d.hex(32)].join('')],
  ['stripe-key', (d) => ['sk', '_live_', d.alnum(24)].join('')],
  ['stripe-key', (d) => ['rk', '_test_', d.alnum(99)].join('')],
  ['stripe-webhook-secret', (d) => ['wh', 'sec_', d.alnum(32)].join('')],
  ['square-token', (d) => ['sq0', 'csp-', d.url(43)].join('')],
  ['shippo-token', (d) => ['ship', 'po_live_', d.hex(40)].join('')],
  ['easypost-key', (d) => ['EZ', 'AK', d.alnum(54)].join('')],
  ['shopify-token', (d) => ['shp', 'at_', d.alnum(32)].join('')],
  ['sendgrid-key', (d) => ['S', 'G.', d.alnum(22), '.', d.alnum(43)].join('')],
  ['mailgun-key', (d) => ['ke', 'y-', d.hex(32)].join('')],
  ['mailchimp-key', (d) => [d.hex(32), '-u', 's12'].join('')],
  ['brevo-key', (d) => ['xkey', 'sib-', d.hex(64), '-', d.alnum(16)].join('')],
  ['resend-key', (d) => ['r', 'e_', d.alnum(8), '_', d.alnum(24)].join('')],
  ['atlassian-token', (d) => ['ATA', 'TT3', d.url(180)].join('')],
  ['linear-key', (d) => ['lin', '_api_', d.alnum(40)].join('')],
  ['notion-token', (d) => ['nt', 'n_', d.digits(11), d.alnum(35)].join('')],
  ['notion-token', (d) => ['sec', 'ret_', d.alnum(43)].join('')],
  ['figma-token', (d) => ['fi', 'gd_', d.url(40)].join('')],
  ['airtable-token', (d) => ['pa', 't', d.alnum(14), '.', d.hex(64)].join('')],
  ['typeform-token', (d) => ['tf', 'p_', d.url(59)].join('')],
  ['postman-key', (d) => ['PM', 'AK-', d.hex(24), '-', d.hex(34)].join('')],
  ['contentful-token', (d) => ['CF', 'PAT-', d.url(43)].join('')],
  ['adafruit-key', (d) => ['ai', 'o_', d.alnum(28)].join('')],
  ['dropbox-token', (d) => ['s', 'l.', d.url(130)].join('')],
  ['1password-service-token', (d) => ['op', 's_', encodeObject(d)].join('')],
  ['grafana-cloud-token', (d) => ['gl', 'c_', d.base64(80)].join('')],
  ['grafana-service-token', (d) => ['gl', 'sa_', d.alnum(32), '_', d.hex(8)].join('')],
  ['new-relic-key', (d) => ['NR', 'AK-', d.upper(27)].join('')],
  ['dynatrace-token', (d) => ['dt0', 'c01.', d.upper(24), '.', d.upper(64)].join('')],
  ['json-web-token', (d) => jwt(d)],
  ['url-password', (d) => userInfo('postgresql', `app_${d.lower(4)}`, d.alnum(12))],
  ['url-password', (d) => userInfo('mongodb+srv', `app_${d.lower(4)}`, `${d.alnum(6)}@${d.alnum(6)}`)],
  ['url-password', (d) => userInfo('https', `ci_${d.lower(4)}`, d.alnum(12))],
  ['url-password', (d) => userInfo('redis', '', d.alnum(12))],
  ['authorization-header', (d) => withSecret(['Authori', 'zation: Bea', 'rer '], `${d.alnum(30)}7`)],
  ['authorization-header', (d) => withSecret(['"authori', 'zation": "Ba', 'sic '], `7${d.base64(30)}=`)],
  ['private-key', (d) => pem(d, 'RSA PRIVATE')],
  ['private-key', (d) => pem(d, 'OPENSSH PRIVATE')],
  ['private-key', (d) => pem(d, 'PRIVATE')],
];

/** One sample of each shape; the parts that are random depend on the seed. */
export function buildSecretSamples(seed: number): SecretSample[] {
  const draw = createAlphabets(seed);
  return BUILDERS.map(([rule, build]) => {
    const built = build(draw);
    return typeof built === 'string' ? { rule, text: built, secret: built } : { rule, ...built };
  });
}

function createAlphabets(seed: number): Alphabets {
  let calls = 0;
  const from = (alphabet: string): Draw => {
    return (length) => {
      calls += 1;
      const unit = fc.constantFrom(...alphabet);
      const text = fc.string({ unit, minLength: length, maxLength: length });
      return fc.sample(text, { seed: seed * 1_000 + calls, numRuns: 1 })[0] ?? '';
    };
  };
  const alnum = from(LOWER + UPPER + DIGITS);
  const inner = from(`${LOWER}${UPPER}${DIGITS}_-`);
  const base64 = from(`${LOWER}${UPPER}${DIGITS}+/`);
  const ended =
    (draw: Draw): Draw =>
    (length) =>
      alnum(1) + draw(length - 2) + alnum(1);
  const [upper, lower, hex, digits] = [from(UPPER), from(LOWER), from(`${DIGITS}abcdef`), from('123456789')];
  return { alnum, upper, lower, hex, digits, url: ended(inner), base64: ended(base64) };
}

function jwt(draw: Alphabets): string {
  const header = ['ey', 'J', draw.alnum(33)].join('');
  const claims = ['ey', 'J', draw.alnum(90)].join('');
  return [header, claims, draw.url(43)].join('.');
}

/** Base64 of an object, of such a length that its last brace is encoded alone. */
function encodeObject(draw: Alphabets): string {
  const json = JSON.stringify({ email: draw.lower(20), secretKey: draw.upper(39), x: draw.hex(64) });
  return Buffer.from(json).toString('base64');
}

function withSecret(start: readonly string[], secret: string): { text: string; secret: string } {
  return { text: start.join('') + secret, secret };
}

function userInfo(scheme: string, user: string, password: string): { text: string; secret: string } {
  return { text: [scheme, '://', user, ':', password, '@db.internal.test/main'].join(''), secret: password };
}

function pem(draw: Alphabets, kind: string): { text: string; secret: string } {
  const start = kind.startsWith('OPENSSH') ? 'b3BlbnNzaC1rZXktdjE' : 'MIIEvQ';
  const body = `${start}${draw.base64(64 - start.length)}\n${draw.base64(64)}\n${draw.base64(31)}=`;
  const text = ['-----', `BEGIN ${kind} KEY-----\n`, body, '\n-----', `END ${kind} KEY-----`].join('');
  return { text, secret: text };
}
