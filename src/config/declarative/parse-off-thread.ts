import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { JsonPath } from '../../common/json.js';
import type { LocatedFault } from './declarative-fault.js';
import type { DocumentParser, ParsedDocument } from './parse-declarative-config.js';

/** 64 MiB of JSON take about 700 MB. */
const MAX_HEAP_MB = 1_536;

/** Everything but the tenants, which are asked for piece by piece. */
export interface DocumentPart {
  ok: true;
  value: unknown;
  tenantCount: number;
}

export type ParsingQuestion = { ask: 'tenants'; from: number } | { ask: 'lines'; paths: JsonPath[] };

type Parsed = DocumentPart | { ok: false; faults: LocatedFault[] };

/**
 * Parses in a thread of its own: 4 MiB of YAML or 64 MiB of JSON take seconds, in which no request could be served. What was
 * read is handed over in pieces, so that taking it does not stop the requests either. The thread knows the text alone, and
 * ends when the document is closed.
 */
export const parseOffThread: DocumentParser = async (text) => {
  const worker = new Worker(locate('parse-document-worker'), {
    name: 'parse-document',
    workerData: {
      jsonParserUrl: locate('parse-json').href,
      yamlParserUrl: locate('parse-yaml').href,
      text,
    },
    // Settings hold secrets, and it needs none.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    const parsed = await receive<Parsed>(worker);
    if (parsed.ok) return { ok: true, parsed: describe(worker, await collect(worker, parsed), close) };
    await close();
    return parsed;
  } catch (error) {
    await close();
    if (!isOutOfMemory(error)) throw error;
    return { ok: false, faults: [{ path: '', line: null, message: 'needs too much memory' }] };
  }
};

async function collect(worker: Worker, { value, tenantCount }: DocumentPart): Promise<unknown> {
  if (tenantCount === 0) return value;
  const { tenants } = value as { tenants: unknown[] };
  while (tenants.length < tenantCount) {
    tenants.push(...(await ask<unknown[]>(worker, { ask: 'tenants', from: tenants.length })));
  }
  return value;
}

function describe(worker: Worker, value: unknown, close: () => Promise<void>): ParsedDocument {
  return { value, findLines: (paths) => ask(worker, { ask: 'lines', paths }), close };
}

function ask<Message>(worker: Worker, question: ParsingQuestion): Promise<Message> {
  worker.postMessage(question);
  return receive(worker);
}

/** @throws what ended the thread. */
async function receive<Message>(worker: Worker): Promise<Message> {
  const [message] = (await once(worker, 'message')) as [Message];
  return message;
}

function isOutOfMemory(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Beside this file: compiled, or as source under the tests. */
function locate(name: string): URL {
  return new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
}
