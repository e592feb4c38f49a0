import type { NativeChatRequest } from '../../chat/native-request.js';
import type { JsonObject } from '../../common/json.js';
import { parseRequest as parseAnthropic } from '../format-adapter/anthropic-messages/parse-request.js';
import { parseRequest as parseOpenai } from '../format-adapter/openai-chat/parse-request.js';
import type { EncodingName, TextCounter } from './text-counter.port.js';
import { splitText } from './split-text.js';
import { countTokens } from './token-encoders.js';

export function readOpenai(body: JsonObject): NativeChatRequest {
  return parseOpenai({ model: 'public', ...body });
}

export function readAnthropic(body: JsonObject): NativeChatRequest {
  return parseAnthropic({ model: 'public', max_tokens: 100, ...body });
}

export function countBytes(body: NativeChatRequest): number {
  return Buffer.byteLength(JSON.stringify(body.raw));
}

/** Counts in this thread and notes what it was asked. */
export class RecordingTextCounter implements TextCounter {
  readonly calls: { owner: string; encoding: EncodingName; texts: readonly string[] }[] = [];
  isClosed = false;

  countTexts(owner: string, encoding: EncodingName, texts: readonly string[]): Promise<(number | null)[]> {
    this.calls.push({ owner, encoding, texts });
    return Promise.resolve(texts.map((text) => countInThread(encoding, text)));
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  listTexts(): string[] {
    return this.calls.flatMap(({ texts }) => texts);
  }
}

export function countInThread(encoding: EncodingName, text: string): number {
  return splitText(text).reduce((sum, segment) => sum + countTokens(encoding, segment), 0);
}
