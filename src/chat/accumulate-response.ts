import type {
  FinishReason,
  NativeChatResponse,
  NativeOutputPart,
  NativeStreamEvent,
} from './native-response.js';
import type { TokenUsage } from './usage.js';

/** Builds the whole answer from its stream. */
export class ResponseAccumulator {
  private id = '';
  private model = '';
  private createdAtSeconds = 0;
  /** A part's place stays empty until it starts. */
  private readonly parts: (NativeOutputPart | undefined)[] = [];
  private finishReason: FinishReason = 'unknown';
  private stopSequence: string | null = null;
  private usage: TokenUsage | null = null;
  /** Message of an error event, or null. */
  error: string | null = null;
  hasEnded = false;

  add(event: NativeStreamEvent): void {
    switch (event.type) {
      case 'start':
        this.id = event.id;
        this.model = event.model;
        this.createdAtSeconds = event.createdAtSeconds;
        return;
      case 'part-start':
        this.parts[event.index] = { ...event.part };
        return;
      case 'text-delta':
      case 'refusal-delta':
      case 'reasoning-delta':
        this.addText(event.index, event.text);
        return;
      case 'reasoning-signature':
        this.addSignature(event.index, event.signature);
        return;
      case 'tool-call-delta':
        this.addArguments(event.index, event.argumentsJson);
        return;
      case 'usage':
        this.usage = event.usage;
        return;
      case 'finish':
        this.finishReason = event.reason;
        this.stopSequence = event.stopSequence;
        return;
      case 'error':
        this.error ??= event.message;
        return;
      case 'end':
        this.hasEnded = true;
        return;
      case 'part-end':
        return;
    }
  }

  build(): NativeChatResponse {
    return {
      id: this.id,
      model: this.model,
      createdAtSeconds: this.createdAtSeconds,
      parts: this.parts.filter((part) => part !== undefined),
      finishReason: this.finishReason,
      stopSequence: this.stopSequence,
      usage: this.usage,
    };
  }

  private addText(index: number, text: string): void {
    const part = this.parts[index];
    if (part !== undefined && 'text' in part) part.text += text;
  }

  private addSignature(index: number, signature: string): void {
    const part = this.parts[index];
    if (part?.type === 'reasoning') part.signature = (part.signature ?? '') + signature;
  }

  private addArguments(index: number, argumentsJson: string): void {
    const part = this.parts[index];
    if (part?.type === 'tool-call') part.argumentsJson += argumentsJson;
  }
}
