// Writes docs/configuration.md from the built settings schema; with --check fails when the file differs.
import { readFileSync, writeFileSync } from 'node:fs';

const { settingsSchema } = await import('../dist/src/config/settings.schema.js');
const target = new URL('../docs/configuration.md', import.meta.url);

const rows = Object.entries(settingsSchema.shape).map(([name, schema]) => {
  const { description, defaultText } = schema.meta();
  return `| \`${name}\` | ${defaultText} | ${description} |`;
});

const text = `# Configuration

Generated from \`src/config/settings.schema.ts\`; do not edit. Settings are environment variables; an empty one counts as
unset. Every fault is reported at once at start.

| variable | default | meaning |
| --- | --- | --- |
${rows.join('\n')}
| \`OTEL_*\` | unset | Standard OpenTelemetry variables for the export of traces, OTLP as JSON over HTTP. Without an endpoint nothing is sent. |

The file that \`GATEWAY_CONFIG\` names is described by [\`config/gateway.example.yaml\`](../config/gateway.example.yaml).
`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('docs/configuration.md is out of date: run `npm run docs`\n');
    process.exit(1);
  }
} else writeFileSync(target, text);
