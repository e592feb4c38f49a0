import { ResponseAccumulator } from '../../../chat/accumulate-response.js';
import type { NativeChatResponse, NativeStreamEvent } from '../../../chat/native-response.js';
import { ManualClock } from '../../../common/clock.port.js';
import { createAnthropicMessagesAdapter } from '../anthropic-messages/adapter.js';
import type { DialectAdapter, PassThroughStream } from '../dialect-adapter.port.js';
import { openAiChatAdapter } from '../openai-chat/adapter.js';
import { type SseFrame, SseFrameReader } from '../sse-frames.js';
import { anthropicRequest, openAiRequest } from './wire-fixtures.js';

/** The adapters as the service makes them, but for the clock, which stands still at 1,700,000,000 seconds. */
export const anthropic = createAnthropicMessagesAdapter(new ManualClock());
export const openAi = openAiChatAdapter;

export function parseChunks(adapter: DialectAdapter, chunks: readonly Buffer[]): NativeStreamEvent[] {
  const parser = adapter.createStreamParser();
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  return [...events, ...parser.finish()];
}

export function parseText(adapter: DialectAdapter, text: string): NativeStreamEvent[] {
  return parseChunks(adapter, [Buffer.from(text)]);
}

/** The answer that the events tell. @throws Error when they tell of an error or do not end. */
export function accumulate(events: readonly NativeStreamEvent[]): NativeChatResponse {
  const accumulator = new ResponseAccumulator();
  for (const event of events) accumulator.add(event);
  if (accumulator.error !== null) throw new Error(`The stream failed: ${accumulator.error}`);
  if (!accumulator.hasEnded) throw new Error('The stream did not end');
  return accumulator.build();
}

/** SSE text in the adapter's dialect, for a client that wants usage unless said otherwise. */
export function renderEvents(
  adapter: DialectAdapter,
  events: readonly NativeStreamEvent[],
  includesUsage = true,
): string {
  const raw = adapter.dialect === 'openai-chat' ? openAiRequest : anthropicRequest;
  const request = { ...adapter.parseRequest(raw), streamIncludesUsage: includesUsage };
  const renderer = adapter.createStreamRenderer(request);
  return events.map((event) => renderer.render(event)).join('');
}

export function readFrames(text: string): SseFrame[] {
  const reader = new SseFrameReader();
  return [...reader.push(Buffer.from(text)), ...reader.finish()];
}

/** What a pass-through stream forwards, joined. */
export function passThrough(stream: PassThroughStream, chunks: readonly Buffer[]): Buffer {
  const forwarded = chunks.map((chunk) => stream.push(chunk));
  return Buffer.concat([...forwarded, stream.finish()].filter((bytes) => bytes !== null));
}
