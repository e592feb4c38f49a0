// The counting thread's entry. It runs as it is, also from source: only erasable syntax, and imports that are named at start.
import { parentPort, workerData } from 'node:worker_threads';
import type * as Splitter from './split-text.js';
import type * as Encoders from './token-encoders.js';
import type { TokenWorkerData, TokenWorkerReply, TokenWorkerRequest } from './token-worker-message.js';

const { encodersUrl, splitterUrl } = workerData as TokenWorkerData;
const { countTokens } = (await import(encodersUrl)) as typeof Encoders;
const { splitText } = (await import(splitterUrl)) as typeof Splitter;

// A fault of the encoder ends the thread, whose memory may be inconsistent by then.
parentPort?.on('message', (request: TokenWorkerRequest) => {
  parentPort?.postMessage(countAll(request));
});

function countAll({ encoding, texts, budgetMs }: TokenWorkerRequest): TokenWorkerReply {
  // Building the encoder is not the texts' fault.
  countTokens(encoding, '');
  const endsAtMs = performance.now() + budgetMs;
  return texts.map((text) => countText(encoding, text, endsAtMs));
}

function countText(encoding: TokenWorkerRequest['encoding'], text: string, endsAtMs: number): number | null {
  let tokens = 0;
  if (performance.now() > endsAtMs) return null;
  for (const segment of splitText(text)) {
    if (performance.now() > endsAtMs) return null;
    tokens += countTokens(encoding, segment);
  }
  return tokens;
}
