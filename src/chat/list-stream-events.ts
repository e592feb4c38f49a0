import type { NativeChatResponse, NativeOutputPart, NativeStreamEvent } from './native-response.js';

/** The stream that tells a whole answer: each part in one piece. Inverse of ResponseAccumulator. */
export function listStreamEvents(response: NativeChatResponse): NativeStreamEvent[] {
  const { id, model, createdAtSeconds, finishReason, stopSequence, usage } = response;
  const events: NativeStreamEvent[] = [{ type: 'start', id, model, createdAtSeconds }];
  if (usage !== null) events.push({ type: 'usage', usage });
  response.parts.forEach((part, index) => events.push(...listPartEvents(part, index)));
  events.push({ type: 'finish', reason: finishReason, stopSequence });
  if (usage !== null) events.push({ type: 'usage', usage });
  events.push({ type: 'end' });
  return events;
}

function listPartEvents(part: NativeOutputPart, index: number): NativeStreamEvent[] {
  const end: NativeStreamEvent = { type: 'part-end', index };
  switch (part.type) {
    case 'text':
      return [
        { type: 'part-start', index, part: { type: 'text', text: '' } },
        { type: 'text-delta', index, text: part.text },
        end,
      ];
    case 'refusal':
      return [
        { type: 'part-start', index, part: { type: 'refusal', text: '' } },
        { type: 'refusal-delta', index, text: part.text },
        end,
      ];
    case 'tool-call':
      return [
        { type: 'part-start', index, part: { ...part, argumentsJson: '' } },
        { type: 'tool-call-delta', index, argumentsJson: part.argumentsJson },
        end,
      ];
    case 'reasoning':
      return [
        { type: 'part-start', index, part: { type: 'reasoning', text: '', signature: null } },
        { type: 'reasoning-delta', index, text: part.text },
        ...(part.signature === null
          ? []
          : [{ type: 'reasoning-signature' as const, index, signature: part.signature }]),
        end,
      ];
    case 'reasoning-redacted':
      return [{ type: 'part-start', index, part }, end];
  }
}
