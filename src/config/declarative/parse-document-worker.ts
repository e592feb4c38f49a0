// The parsing thread's entry. It runs as it is, also from source: only erasable syntax, and imports that are named at start.
import { parentPort, workerData } from 'node:worker_threads';
import type * as JsonParser from './parse-json.js';
import type { DocumentPart, ParsingQuestion } from './parse-off-thread.js';
import type * as YamlParser from './parse-yaml.js';

const { jsonParserUrl, yamlParserUrl, text } = workerData as Record<
  'jsonParserUrl' | 'yamlParserUrl' | 'text',
  string
>;
const { parseJson } = (await import(jsonParserUrl)) as typeof JsonParser;
const { parseYaml } = (await import(yamlParserUrl)) as typeof YamlParser;

/** Of a few milliseconds to receive. */
const TENANTS_PER_PART = 100;

const result = parseJson(text) ?? parseYaml(text);
if (result.ok) {
  const { value } = result.parsed;
  const tenants = findTenants(value);
  const rest = tenants === null ? value : { ...(value as object), tenants: [] };
  const part: DocumentPart = { ok: true, value: rest, tenantCount: tenants?.length ?? 0 };
  parentPort?.postMessage(part);
  parentPort?.on('message', (question: ParsingQuestion) => {
    parentPort?.postMessage(
      question.ask === 'lines'
        ? result.parsed.findLines(question.paths)
        : tenants?.slice(question.from, question.from + TENANTS_PER_PART),
    );
  });
} else {
  parentPort?.postMessage(result);
}

/** What is long in a long document. */
function findTenants(value: unknown): unknown[] | null {
  if (typeof value !== 'object' || value === null || !('tenants' in value)) return null;
  return Array.isArray(value.tenants) ? value.tenants : null;
}
