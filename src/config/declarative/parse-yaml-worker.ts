// The parsing thread's entry. It runs as it is, also from source: only erasable syntax, and imports that are named at start.
import { parentPort, workerData } from 'node:worker_threads';
import type { JsonPath } from '../../common/json.js';
import type * as Parser from './parse-yaml.js';

const { parserUrl, text } = workerData as { parserUrl: string; text: string };
const { parseYaml } = (await import(parserUrl)) as typeof Parser;

const result = parseYaml(text);
parentPort?.postMessage(result.ok ? { ok: true, value: result.parsed.value } : result);

// Lines are asked for only when the document has faults.
parentPort?.on('message', (paths: JsonPath[]) => {
  parentPort?.postMessage(paths.map((path) => (result.ok ? result.parsed.findLine(path) : null)));
});
