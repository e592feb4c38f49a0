import { type SecretRule, shape, token } from './secret-rule.js';

const SLACK_STARTS = ['a', 'b', 'c', 'd', 'e', 'o', 'p', 'r', 's'].map((letter) => `xox${letter}-`);
const DISCORD_HOOKS = ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'];

/** Payment, messages, mail, shops, work and observability. */
export const SERVICE_RULES: readonly SecretRule[] = [
  token('slack-token', [...SLACK_STARTS, 'xapp-'], '[A-Za-z0-9-]{10,}'),
  token(
    'slack-webhook',
    ['hooks.slack.com/'],
    '[a-z]{5,12}/[A-Za-z0-9]{1,40}/[A-Za-z0-9]{1,40}/[A-Za-z0-9]{8,}',
  ),
  token('discord-webhook', DISCORD_HOOKS, '[0-9]{17,20}/[A-Za-z0-9_-]{60,}'),
  shape('telegram-bot-token', [':AA'], [10, 9, 8], '[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])'),
  token('twilio-api-key', ['SK'], '[0-9a-f]{32}(?![A-Za-z0-9])'),
  token('stripe-key', ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'], '[A-Za-z0-9]{16,}'),
  token('stripe-webhook-secret', ['whsec_'], '[A-Za-z0-9+/=]{32,}'),
  token('square-token', ['sq0atp-', 'sq0csp-', 'sq0idp-'], '[A-Za-z0-9_-]{22,}'),
  token('shippo-token', ['shippo_live_', 'shippo_test_'], '[0-9a-f]{40}'),
  token('easypost-key', ['EZAK', 'EZTK'], '[A-Za-z0-9]{54}'),
  token('shopify-token', ['shpat_', 'shpca_', 'shppa_', 'shpss_'], '[A-Za-z0-9]{32,}'),
  token('sendgrid-key', ['SG.'], '[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}(?![A-Za-z0-9_-])'),
  token('mailgun-key', ['key-'], '[0-9a-f]{32}(?![A-Za-z0-9])'),
  shape('mailchimp-key', ['-us'], [32], '[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])'),
  token('brevo-key', ['xkeysib-', 'xsmtpsib-'], '[0-9a-f]{64}-[A-Za-z0-9]{16}'),
  token('resend-key', ['re_'], '[A-Za-z0-9]{8}_[A-Za-z0-9]{24}(?![A-Za-z0-9])'),
  token('atlassian-token', ['ATATT3', 'ATCTT3'], '[A-Za-z0-9_=-]{100,}'),
  token('linear-key', ['lin_api_', 'lin_oauth_'], '[A-Za-z0-9_]{32,}'),
  token('notion-token', ['ntn_'], '[0-9]{11}[A-Za-z0-9]{35}(?![A-Za-z0-9])'),
  token('notion-token', ['secret_'], '[A-Za-z0-9]{43}(?![A-Za-z0-9])'),
  token('figma-token', ['figd_'], '[A-Za-z0-9_-]{40,}'),
  shape('airtable-token', ['pat'], [0], 'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}'),
  token('typeform-token', ['tfp_'], '[A-Za-z0-9_.=-]{40,}'),
  token('postman-key', ['PMAK-'], '[0-9a-f]{24}-[0-9a-f]{34}'),
  token('contentful-token', ['CFPAT-'], '[A-Za-z0-9_-]{43,}'),
  token('adafruit-key', ['aio_'], '[A-Za-z0-9]{28}(?![A-Za-z0-9])'),
  token('dropbox-token', ['sl.'], '(?:u\\.)?[A-Za-z0-9_-]{120,}'),
  token('1password-service-token', ['ops_ey'], '[A-Za-z0-9+/=_-]{100,}'),
  token('grafana-cloud-token', ['glc_'], '[A-Za-z0-9+/]{32,}={0,2}'),
  token('grafana-service-token', ['glsa_'], '[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}'),
  token('new-relic-key', ['NRAK-', 'NRRA-', 'NRII-'], '[A-Za-z0-9_-]{27,}'),
  token('dynatrace-token', ['dt0c01.', 'dt0s01.', 'dt0s02.'], '[A-Z0-9]{8,24}\\.[A-Z0-9]{64}'),
];
