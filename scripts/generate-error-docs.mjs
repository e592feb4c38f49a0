// Writes docs/errors.md from the built error catalogue; with --check fails when the file differs.
import { readFileSync, writeFileSync } from 'node:fs';

const { ERROR_CATALOGUE } = await import('../dist/src/errors/catalogue.js');
const target = new URL('../docs/errors.md', import.meta.url);

const rows = Object.entries(ERROR_CATALOGUE)
  .sort(([, a], [, b]) => a.status - b.status)
  .map(
    ([code, { status, retryable, message }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${message} |`,
  );

const text = `# Errors

Generated from \`src/errors/catalogue.ts\`; do not edit. The code stands in \`x-tokenpak-error-code\` on every error, and in
the body: \`error.code\` (OpenAI), \`error.details.error_code\` (Anthropic), \`error.details[].reason\` (Google), \`code\` (admin).
For \`upstream_rejected\` the status and the body's code are the
provider's, and only the header has the gateway's. "Retry" says whether the same request can succeed later without a change.

| code | status | retry | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('docs/errors.md is out of date: run `npm run docs`\n');
    process.exit(1);
  }
} else writeFileSync(target, text);
