import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { TextSpan } from '../detector.port.js';
import { buildSecretSamples } from '../testing/secret-samples.js';
import { SecretDetector } from './secret-detector.js';
import { AI_RULES } from './secret-rules/ai-rules.js';
import { CLOUD_RULES } from './secret-rules/cloud-rules.js';
import { CODE_HOSTING_RULES } from './secret-rules/code-hosting-rules.js';
import { GENERIC_RULES } from './secret-rules/generic-rules.js';
import { SERVICE_RULES } from './secret-rules/service-rules.js';

const detector = new SecretDetector();
const SAMPLES = [1, 2, 3].flatMap(buildSecretSamples);
const RULES = [...AI_RULES, ...CLOUD_RULES, ...CODE_HOSTING_RULES, ...SERVICE_RULES, ...GENERIC_RULES];

const CONTEXTS: readonly (readonly [string, (secret: string) => string])[] = [
  ['alone', (secret) => secret],
  ['in a sentence', (secret) => `Please use ${secret} for now.`],
  ['in an assignment', (secret) => `TOKEN=${secret}\nNEXT=1`],
  ['in quotes', (secret) => `{"value":"${secret}"}`],
  ['in backticks', (secret) => `the key is \`${secret}\`, keep it`],
  ['in JSON that is written as text', (secret) => JSON.stringify(`first line\n${secret}\nlast line`)],
];

const covers = (spans: readonly TextSpan[], start: number, end: number) =>
  spans.some((span) => span.start <= start && span.end >= end);

describe('secret detector', () => {
  it('has a sample of every rule', () => {
    const sampled = new Set(SAMPLES.map(({ rule }) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !sampled.has(name))).toEqual([]);
    expect(new Set(RULES.map(({ name }) => name)).size).toBeGreaterThanOrEqual(90);
  });

  it.each(CONTEXTS)('covers every secret %s', (_, place) => {
    const missed = SAMPLES.filter(({ text, secret }) => {
      const content = place(text);
      const written = content.includes(secret) ? secret : JSON.stringify(secret).slice(1, -1);
      const start = content.lastIndexOf(written);
      return !covers(detector.findMatches(content), start, start + written.length);
    });
    expect(missed).toEqual([]);
  });

  it('finds whatever the secretlint rules find', async () => {
    const oracle = { id: 'preset', rule: creator };
    const found = new Set<string>();
    for (const { rule, text } of SAMPLES) {
      const content = `value: ${text}\n`;
      const source = { content, filePath: 'notes.txt', ext: '.txt', contentType: 'text' as const };
      const result = await lintSource({ source, options: { config: { rules: [oracle] } } });
      for (const message of result.messages) {
        const [start, end] = message.range;
        found.add(message.ruleId);
        const isFound = detector.findMatches(content).some((span) => span.start < end && span.end > start);
        expect({ rule, oracle: message.ruleId, isFound }).toEqual({
          rule,
          oracle: message.ruleId,
          isFound: true,
        });
      }
    }
    // The oracle has to have had something to say: else this proves nothing.
    expect(KNOWN_TO_BOTH.filter((name) => !found.has(name))).toEqual([]);
  });

  it('leaves ordinary text alone', () => {
    expect(
      ORDINARY.flatMap((text) => detector.findMatches(text).map(({ start, end }) => text.slice(start, end))),
    ).toEqual([]);
  });

  it('takes a secret out of a URL and leaves scheme and host', () => {
    const text = ['see postgres:/', '/app:hunter22@db.example:5432/main'].join('');
    const [span] = detector.findMatches(text);
    expect(text.slice(span?.start, span?.end)).toBe('app:hunter22');
  });

  it('takes a key whose last line is missing as far as it goes', () => {
    const key = [
      '-----BEGIN ',
      'PRIVATE KEY-----\n',
      'QUJD'.repeat(16),
      '\n',
      'QUJD'.repeat(16),
      '\nQUJDRA',
    ].join('');
    expect(detector.findMatches(`${key}\n\nBest regards`)).toEqual([{ start: 0, end: key.length }]);
  });
});

const KNOWN_TO_BOTH = [
  ...['1password', 'anthropic', 'aws', 'basicauth', 'cloudflare', 'database-connection-string', 'databricks'],
  ...['docker', 'figma', 'github', 'gitlab', 'grafana', 'groq', 'hashicorp-vault', 'huggingface', 'linear'],
  ...[
    'notion',
    'npm',
    'openai',
    'privatekey',
    'sendgrid',
    'shopify',
    'slack',
    'stripe',
    'tailscale',
    'vercel',
  ],
].map((name) => `@secretlint/secretlint-rule-${name}`);

const ORDINARY = [
  'The task force asked for a risk-free desk; the pattern of the precious secret_key parameter is in en-us.',
  'https://example.org/path?sig=short&key-value=1 and http://localhost:8080/a@b',
  'postgres://user:password@localhost:5432/app',
  'postgres://postgres:postgres@localhost/app',
  'postgres://user:${DB_PASSWORD}@db/app mysql://user:<password>@db/app redis://:{{secret}}@cache',
  'Authorization: Bearer <your token here>, Authorization: Bearer YOUR_ACCESS_TOKEN_GOES_HERE',
  'Put it between -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- lines.',
  'commit 3f786850e387550fdab836ed7e6dc881de23001b, digest d41d8cd98f00b204e9800998ecf8427e',
  'const sk_learn = import("sk-learn"); npm_config_registry; gh_pages; hf_hub_download(repo_id)',
  'getServerSideProps, AKIAlike, xoxb, SG.md, eyJ.eyJ.x, sk_live_, pat.exe, key-value-store-implementation',
  '550e8400-e29b-41d4-a716-446655440000',
];
