import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { JsonPath } from '../../common/json.js';
import type { LocatedFault } from './declarative-fault.js';
import type { DocumentParser, ParsedDocument } from './parse-declarative-config.js';

const MAX_HEAP_MB = 1_024;

type Parsed = { ok: true; value: unknown } | { ok: false; faults: LocatedFault[] };

/**
 * Parses in a thread of its own: 4 MiB of YAML take seconds, in which no request could be served. The thread knows the text
 * alone, and ends when the document is closed.
 */
export const parseYamlOffThread: DocumentParser = async (text) => {
  const worker = new Worker(locate('parse-yaml-worker'), {
    name: 'parse-yaml',
    workerData: { parserUrl: locate('parse-yaml').href, text },
    // Settings hold secrets, and it needs none.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  try {
    const parsed = await receive<Parsed>(worker);
    if (parsed.ok) return { ok: true, parsed: describe(worker, parsed.value, close) };
    await close();
    return parsed;
  } catch (error) {
    await close();
    if (!isOutOfMemory(error)) throw error;
    return { ok: false, faults: [{ path: '', line: null, message: 'needs too much memory' }] };
  }
};

function describe(worker: Worker, value: unknown, close: () => Promise<void>): ParsedDocument {
  return {
    value,
    findLines: (paths: JsonPath[]) => {
      worker.postMessage(paths);
      return receive(worker);
    },
    close,
  };
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
