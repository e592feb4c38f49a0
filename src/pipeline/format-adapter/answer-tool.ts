import type { NativeChatRequest } from '../../chat/native-request.js';
import type { NativeChatResponse, NativeOutputPart, NativeStreamEvent } from '../../chat/native-response.js';
import type { StreamParser } from './dialect-adapter.port.js';

/**
 * The tool through which a model answers that cannot be held to a schema otherwise: its arguments are the answer. Clients
 * never see it. A call of it is known by its name alone, so that an answer out of the cache is read as a fresh one is.
 */
export const ANSWER_TOOL = 'tokenpak_answer';

/** Whether an answer to `request` may have come through the answer tool. */
export function mayUseAnswerTool(request: NativeChatRequest): boolean {
  return request.responseFormat?.type === 'json-schema' && !hasOwnAnswerTool(request);
}

/** The client has a tool of that name: calls of it are the client's. */
export function hasOwnAnswerTool(request: NativeChatRequest): boolean {
  return request.tools.some((tool) => tool.name === ANSWER_TOOL);
}

/** The answer with the arguments of the answer tool as its text. */
export function unwrapAnswerTool(response: NativeChatResponse): NativeChatResponse {
  const calls = response.parts.filter((part) => part.type === 'tool-call');
  if (!calls.some(isAnswer)) return response;
  const isOver = response.finishReason === 'tool-calls' && calls.every(isAnswer);
  return {
    ...response,
    parts: response.parts.map((part) =>
      part.type === 'tool-call' && isAnswer(part) ? { type: 'text', text: part.argumentsJson } : part,
    ),
    finishReason: isOver ? 'stop' : response.finishReason,
  };
}

function isAnswer({ name }: Extract<NativeOutputPart, { type: 'tool-call' }>): boolean {
  return name === ANSWER_TOOL;
}

/** The same for a stream: deltas of the arguments become deltas of the text. */
export class AnswerToolParser implements StreamParser {
  private readonly answers = new Set<number>();
  private hasCalls = false;

  constructor(private readonly parser: StreamParser) {}

  get isOver(): boolean {
    return this.parser.isOver;
  }

  push(chunk: Uint8Array): NativeStreamEvent[] {
    return this.parser.push(chunk).map((event) => this.unwrap(event));
  }

  finish(): NativeStreamEvent[] {
    return this.parser.finish().map((event) => this.unwrap(event));
  }

  private unwrap(event: NativeStreamEvent): NativeStreamEvent {
    switch (event.type) {
      case 'part-start':
        return this.unwrapStart(event);
      case 'tool-call-delta':
        return this.answers.has(event.index)
          ? { type: 'text-delta', index: event.index, text: event.argumentsJson }
          : event;
      case 'finish':
        return this.answers.size > 0 && !this.hasCalls && event.reason === 'tool-calls'
          ? { ...event, reason: 'stop' }
          : event;
      default:
        return event;
    }
  }

  private unwrapStart(event: Extract<NativeStreamEvent, { type: 'part-start' }>): NativeStreamEvent {
    const { index, part } = event;
    if (part.type !== 'tool-call') return event;
    if (!isAnswer(part)) {
      this.hasCalls = true;
      return event;
    }
    this.answers.add(index);
    return { type: 'part-start', index, part: { type: 'text', text: part.argumentsJson } };
  }
}
