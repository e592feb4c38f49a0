import type { NativeChatRequest } from '../../../chat/native-request.js';
import type { FinishReason, NativeOutputPart, NativeStreamEvent } from '../../../chat/native-response.js';
import type { TokenUsage } from '../../../chat/usage.js';
import type { StreamRenderer } from '../dialect-adapter.port.js';
import { renderDeltaUsage, renderUsage } from './convert-usage.js';
import { renderFinishReason } from './map-finish-reason.js';

export function createStreamRenderer(request: NativeChatRequest): StreamRenderer {
  return new EventRenderer(request);
}

type StartEvent = Extract<NativeStreamEvent, { type: 'start' }>;
type FinishEvent = Extract<NativeStreamEvent, { type: 'finish' }>;
type ErrorEvent = Extract<NativeStreamEvent, { type: 'error' }>;

/** A part whose block cannot be written yet, because another block is open. */
interface WaitingPart {
  part: NativeOutputPart;
  /** Deltas so far, as they will be written. */
  deltas: string[];
  hasEnded: boolean;
}

/**
 * Native events as Messages events. Blocks are written one after the other: of parallel tool calls that interleave, the
 * first is written as it comes and the others wait, joined, until the block before them is closed.
 *
 * `message_start` is written with the event after `start`, which is the usage where it is known so early; the final usage
 * stands in `message_delta`, written when the answer ends. After an error nothing more is written.
 */
class EventRenderer implements StreamRenderer {
  private start: StartEvent | null = null;
  private usage: TokenUsage | null = null;
  private finish: FinishEvent | null = null;
  private blockIndex = -1;
  /** Native index of the part whose block is open. */
  private openPart: number | null = null;
  private readonly waiting = new Map<number, WaitingPart>();
  private hasRefusal = false;
  private hasFailed = false;

  constructor(private readonly request: NativeChatRequest) {}

  render(event: NativeStreamEvent): string {
    if (this.hasFailed) return '';
    if (event.type === 'usage') this.usage = event.usage;
    const head = event.type === 'start' || event.type === 'error' ? '' : this.renderMessageStart();
    return head + this.renderEvent(event);
  }

  private renderEvent(event: NativeStreamEvent): string {
    switch (event.type) {
      case 'start':
        this.start = event;
        return '';
      case 'part-start':
        return this.startPart(event.index, event.part);
      case 'text-delta':
      case 'refusal-delta':
        return this.addDelta(event.index, `{"type":"text_delta","text":${JSON.stringify(event.text)}}`);
      case 'reasoning-delta':
        return this.addDelta(
          event.index,
          `{"type":"thinking_delta","thinking":${JSON.stringify(event.text)}}`,
        );
      case 'reasoning-signature':
        return this.addDelta(
          event.index,
          `{"type":"signature_delta","signature":${JSON.stringify(event.signature)}}`,
        );
      case 'tool-call-delta':
        return this.addDelta(event.index, renderArguments(event.argumentsJson));
      case 'part-end':
        return this.endPart(event.index);
      case 'usage':
        return '';
      case 'finish':
        this.finish = event;
        return '';
      case 'error':
        return this.renderError(event);
      case 'end':
        return this.renderEnd();
    }
  }

  private renderMessageStart(): string {
    const { start } = this;
    if (start === null) return '';
    this.start = null;
    const message = {
      id: start.id,
      type: 'message',
      role: 'assistant',
      model: start.model === '' ? this.request.model : start.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      usage: renderUsage(this.usage),
    };
    return renderFrame('message_start', `{"type":"message_start","message":${JSON.stringify(message)}}`);
  }

  private startPart(index: number, part: NativeOutputPart): string {
    if (part.type === 'refusal') this.hasRefusal = true;
    if (this.openPart !== null) {
      this.waiting.set(index, { part, deltas: listFirstDeltas(part), hasEnded: false });
      return '';
    }
    return (
      this.openBlock(index, part) +
      listFirstDeltas(part)
        .map((delta) => this.renderDelta(delta))
        .join('')
    );
  }

  private openBlock(index: number, part: NativeOutputPart): string {
    this.openPart = index;
    this.blockIndex += 1;
    const block = JSON.stringify(renderEmptyBlock(part));
    const data = `{"type":"content_block_start","index":${this.blockIndex},"content_block":${block}}`;
    return renderFrame('content_block_start', data);
  }

  private addDelta(index: number, delta: string): string {
    if (index === this.openPart) return this.renderDelta(delta);
    this.waiting.get(index)?.deltas.push(delta);
    return '';
  }

  private renderDelta(delta: string): string {
    const data = `{"type":"content_block_delta","index":${this.blockIndex},"delta":${delta}}`;
    return renderFrame('content_block_delta', data);
  }

  private endPart(index: number): string {
    if (index !== this.openPart) {
      const waiting = this.waiting.get(index);
      if (waiting !== undefined) waiting.hasEnded = true;
      return '';
    }
    return this.closeBlock() + this.openWaiting();
  }

  private closeBlock(): string {
    this.openPart = null;
    return renderFrame('content_block_stop', `{"type":"content_block_stop","index":${this.blockIndex}}`);
  }

  /** Writes the parts that waited, in order, up to and including the first that has not ended. */
  private openWaiting(): string {
    let text = '';
    for (const [index, waiting] of this.waiting) {
      this.waiting.delete(index);
      text += this.openBlock(index, waiting.part);
      for (const delta of waiting.deltas) text += this.renderDelta(delta);
      if (!waiting.hasEnded) return text;
      text += this.closeBlock();
    }
    return text;
  }

  private renderEnd(): string {
    let text = '';
    while (this.openPart !== null) text += this.closeBlock() + this.openWaiting();
    const reason: FinishReason = this.finish?.reason ?? 'unknown';
    const delta = {
      stop_reason: renderFinishReason(reason, this.hasRefusal),
      stop_sequence: this.finish?.stopSequence ?? null,
      stop_details: null,
    };
    const data = { type: 'message_delta', delta, usage: renderDeltaUsage(this.usage) };
    text += renderFrame('message_delta', JSON.stringify(data));
    return text + renderFrame('message_stop', '{"type":"message_stop"}');
  }

  private renderError(event: ErrorEvent): string {
    this.hasFailed = true;
    const error = {
      type: mapErrorType(event),
      message: event.message,
      details: { error_code: event.code },
    };
    return renderFrame('error', JSON.stringify({ type: 'error', error }));
  }
}

/** Errors of this dialect that can happen while a stream runs. */
const STREAM_ERRORS: ReadonlySet<string> = new Set([
  'api_error',
  'overloaded_error',
  'rate_limit_error',
  'timeout_error',
]);

/** Clients choose by the type whether to try again. */
function mapErrorType({ code, status }: ErrorEvent): string {
  if (STREAM_ERRORS.has(code)) return code;
  return status === 429 ? 'rate_limit_error' : 'api_error';
}

function renderFrame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

function renderArguments(argumentsJson: string): string {
  return `{"type":"input_json_delta","partial_json":${JSON.stringify(argumentsJson)}}`;
}

/** The block as its start event shows it: what it contains comes in deltas, but for redacted thinking. */
function renderEmptyBlock(part: NativeOutputPart): object {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: '' };
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'reasoning-redacted':
      return { type: 'redacted_thinking', data: part.data };
    case 'tool-call':
      return { type: 'tool_use', id: part.id, name: part.name, input: {} };
  }
}

/** What a part brings along from its start. */
function listFirstDeltas(part: NativeOutputPart): string[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [`{"type":"text_delta","text":${JSON.stringify(part.text)}}`];
    case 'reasoning':
      return [
        ...(part.text === '' ? [] : [`{"type":"thinking_delta","thinking":${JSON.stringify(part.text)}}`]),
        ...(part.signature === null
          ? []
          : [`{"type":"signature_delta","signature":${JSON.stringify(part.signature)}}`]),
      ];
    case 'tool-call':
      return part.argumentsJson === '' ? [] : [renderArguments(part.argumentsJson)];
    case 'reasoning-redacted':
      return [];
  }
}
