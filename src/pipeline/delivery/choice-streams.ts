import { isJsonObject, type JsonObject, type JsonValue } from '../../common/json.js';
import { SseFrameReader } from '../format-adapter/sse-frames.js';
import { parseFrame, renderFrame, STREAM_END } from './stream-frames.js';

/** Only Chat Completions has answers of several choices; their deltas come interleaved in one stream. */
export interface ChoiceStream {
  index: number;
  /** The choice's frames, as if it were the first and only one of its stream. */
  bytes: Buffer;
}

/** The choices of a recorded stream beyond the first, in order. Empty for nearly every stream. */
export function splitFurtherChoices(bytes: Buffer): ChoiceStream[] {
  const streams = new Map<number, string>();
  const reader = new SseFrameReader();
  for (const { data } of [...reader.push(bytes), ...reader.finish()]) {
    const chunk = parseFrame(data);
    if (chunk !== null) addChoices(chunk, streams);
  }
  return Array.from(streams, ([index, text]) => ({
    index,
    bytes: Buffer.from(text + renderFrame(STREAM_END)),
  })).sort((a, b) => a.index - b.index);
}

function addChoices(chunk: JsonObject, streams: Map<number, string>): void {
  for (const choice of listObjects(chunk.choices)) {
    const { index } = choice;
    if (typeof index !== 'number' || index === 0) continue;
    const frame = renderFrame(JSON.stringify({ ...chunk, choices: [{ ...choice, index: 0 }] }));
    streams.set(index, (streams.get(index) ?? '') + frame);
  }
}

/** A whole `chat.completion` as the stream that tells it, each choice in one piece, usage last. */
export function renderChoicesStream({ choices, usage, ...head }: JsonObject): Buffer {
  const renderChunk = (members: JsonObject): string =>
    renderFrame(JSON.stringify({ ...head, object: 'chat.completion.chunk', ...members }));
  let text = '';
  for (const { index = 0, message, finish_reason = null } of listObjects(choices)) {
    const delta = isJsonObject(message) ? renderDelta(message) : {};
    text += renderChunk({ choices: [{ index, delta, logprobs: null, finish_reason: null }] });
    text += renderChunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason }] });
  }
  if (usage !== undefined) text += renderChunk({ choices: [], usage });
  return Buffer.from(text + renderFrame(STREAM_END));
}

/** In a stream, tool calls are numbered. */
function renderDelta(message: JsonObject): JsonObject {
  const calls = listObjects(message.tool_calls);
  if (calls.length === 0) return message;
  return { ...message, tool_calls: calls.map((call, index) => ({ index, ...call })) };
}

function listObjects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
