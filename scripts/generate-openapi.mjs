// Writes openapi.json from the built descriptions of the admin plane; with --check fails when the file differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const { buildOpenApiDocument } = await import('../dist/src/admin/openapi/build-document.js');
const target = new URL('../openapi.json', import.meta.url);
const text = `${JSON.stringify(buildOpenApiDocument(), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    process.stderr.write('openapi.json is out of date: run `npm run docs`\n');
    process.exit(1);
  }
} else writeFileSync(target, text);
