import type { JsonObject, JsonValue } from '../common/json.js';
import type { Dialect } from './dialect.js';

/** A provider's prompt-cache mark on a part, message, tool or system block (Anthropic `cache_control`). */
export interface CacheMark {
  ttl: '5m' | '1h' | null;
}

export type MediaSource =
  | { kind: 'base64'; mediaType: string; data: string }
  | { kind: 'url'; url: string }
  | { kind: 'file'; fileId: string }
  | { kind: 'text'; mediaType: string; text: string };

export type NativePart =
  | {
      type: 'text';
      text: string;
      cacheMark: CacheMark | null;
      /** OpenAI refusal in an assistant message. */ refusal?: boolean;
    }
  | {
      type: 'image';
      source: MediaSource;
      detail: 'low' | 'high' | 'auto' | null;
      cacheMark: CacheMark | null;
    }
  | {
      type: 'document';
      source: MediaSource;
      title: string | null;
      context: string | null;
      citations: boolean;
      cacheMark: CacheMark | null;
    }
  | { type: 'audio'; data: string; format: string }
  | {
      type: 'tool-call';
      id: string;
      name: string;
      /** Arguments as JSON text, exactly as the model wrote them. */ argumentsJson: string;
      cacheMark: CacheMark | null;
    }
  | {
      type: 'tool-result';
      toolCallId: string;
      content: NativePart[];
      isError: boolean;
      cacheMark: CacheMark | null;
    }
  | { type: 'reasoning'; text: string; signature: string | null }
  | { type: 'reasoning-redacted'; data: string };

export type NativeRole = 'system' | 'user' | 'assistant' | 'tool';

/**
 * `system` covers OpenAI `system` and `developer` messages and Anthropic's top-level `system`.
 * A `tool` message holds tool results only (Anthropic carries them in a `user` message).
 */
export interface NativeMessage {
  role: NativeRole;
  parts: NativePart[];
  /** OpenAI's participant name. */
  name: string | null;
}

export interface NativeTool {
  name: string;
  description: string | null;
  /** JSON schema of the arguments. */
  parameters: JsonObject;
  strict: boolean | null;
  cacheMark: CacheMark | null;
}

export type NativeToolChoice =
  { type: 'auto' } | { type: 'none' } | { type: 'required' } | { type: 'tool'; name: string };

export type NativeResponseFormat =
  | { type: 'text' }
  | { type: 'json' }
  | {
      type: 'json-schema';
      name: string;
      description: string | null;
      schema: JsonObject;
      strict: boolean | null;
    };

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** A chat request as rich as the richest dialect. Built once per request; never mutated. */
export interface NativeChatRequest {
  dialect: Dialect;
  model: string;
  messages: NativeMessage[];
  tools: NativeTool[];
  toolChoice: NativeToolChoice | null;
  parallelToolCalls: boolean | null;
  responseFormat: NativeResponseFormat | null;
  maxOutputTokens: number | null;
  temperature: number | null;
  topP: number | null;
  topK: number | null;
  stopSequences: string[];
  reasoning: { effort: ReasoningEffort | null; budgetTokens: number | null; enabled: boolean } | null;
  stream: boolean;
  /** Whether the client asked for a usage chunk (OpenAI `stream_options.include_usage`; always true for Anthropic). */
  streamIncludesUsage: boolean;
  /** End user as the client named it (`user`, `metadata.user_id`). */
  user: string | null;
  metadata: Record<string, string> | null;
  /** Number of answers asked for (OpenAI `n`). */
  choices: number;
  /** Members of the body that have no native place, by their own names; translation refuses or drops them by name. */
  extras: Record<string, JsonValue>;
  /** The parsed original body. */
  raw: JsonObject;
}
