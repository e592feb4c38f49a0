import type { TokenUsage } from './usage.js';

export type FinishReason =
  'stop' | 'length' | 'tool-calls' | 'content-filter' | 'stop-sequence' | 'pause' | 'refusal' | 'unknown';

export type NativeOutputPart =
  | { type: 'text'; text: string }
  | { type: 'refusal'; text: string }
  | { type: 'tool-call'; id: string; name: string; argumentsJson: string }
  | { type: 'reasoning'; text: string; signature: string | null }
  | { type: 'reasoning-redacted'; data: string };

export interface NativeChatResponse {
  id: string;
  model: string;
  createdAtSeconds: number;
  parts: NativeOutputPart[];
  finishReason: FinishReason;
  stopSequence: string | null;
  usage: TokenUsage | null;
}

/**
 * One step of a streamed answer. Parts are numbered from 0 in order of appearance and never interleave for text;
 * parallel tool calls may. `usage` may come several times, each replacing the one before.
 */
export type NativeStreamEvent =
  | { type: 'start'; id: string; model: string; createdAtSeconds: number }
  | { type: 'part-start'; index: number; part: NativeOutputPart }
  | { type: 'text-delta'; index: number; text: string }
  | { type: 'refusal-delta'; index: number; text: string }
  | { type: 'reasoning-delta'; index: number; text: string }
  | { type: 'reasoning-signature'; index: number; signature: string }
  | { type: 'tool-call-delta'; index: number; argumentsJson: string }
  | { type: 'part-end'; index: number }
  | { type: 'usage'; usage: TokenUsage }
  | { type: 'finish'; reason: FinishReason; stopSequence: string | null }
  | { type: 'error'; code: string; message: string; status: number | null }
  | { type: 'end' };
