/**
 * How an upstream treats one request. Every member is optional; without any the upstream answers as the provider would.
 * Where it comes from, the first that exists wins: the queue (`upstream.enqueue`), a marker in the prompt
 * (`[[upstream {"status":503}]]`), the model's name (`up:status=503:delayMs=20`), the upstream's own default.
 */
export interface UpstreamBehaviour {
  /** Wait before the status line. */
  headDelayMs?: number;
  /** Wait between the head, which is sent at once, and the first byte of the body. */
  firstByteDelayMs?: number;
  /** Pace of a stream's frames. */
  tokensPerSecond?: number;
  /** Never send the status line. */
  stall?: boolean;
  /** Fall silent, connection open, after so many frames of a stream (a whole body: after its first half). */
  stallAfterFrames?: number;
  /** Destroy the connection after so many frames; 0 is right after the head. */
  cutAfterFrames?: number;
  /** Destroy the connection after so many bytes of the body. */
  cutAfterBytes?: number;
  /** Destroy the connection instead of answering. */
  cutBeforeHead?: boolean;
  /** End a stream properly after so many frames, without the dialect's end marker. */
  endAfterFrames?: number;

  status?: number;
  retryAfterSeconds?: number;
  /** `error.type`; the dialect's own for the status when absent. */
  errorType?: string;
  /** `error.code` (OpenAI only). */
  errorCode?: string;
  errorMessage?: string;
  /** An error event inside the stream, after so many frames. */
  errorAfterFrames?: number;
  /** 3xx to this location. */
  redirect?: string;

  /** Text of the answer; deterministic from the prompt when absent. */
  text?: string;
  /** Length of the deterministic text, in words. */
  tokens?: number;
  /** Text of reasoning before the answer. */
  reasoning?: string;
  /** An opaque reasoning block beside it (Anthropic `redacted_thinking`). */
  redactedReasoning?: string;
  refusal?: string;
  toolCalls?: { name: string; arguments: unknown }[];
  /** Characters in each streamed fragment of tool arguments. */
  argumentFragmentLength?: number;
  /** The dialect's own word; otherwise what fits the answer. */
  finishReason?: string;
  stopSequence?: string;
  cachedTokens?: number;
  cacheWriteTokens?: number;
  cacheWrite1hTokens?: number;
  noUsage?: boolean;

  /** Sizes of the writes, repeated to the end: `[1]` sends byte by byte. */
  splitBytes?: number[];
  lineEnd?: '\n' | '\r\n' | '\r';
  /** Comment lines between frames, and `ping` events where the dialect has them. */
  pings?: boolean;
  /** Events that no client knows. */
  unknownEvents?: boolean;
  /** Members that no client knows, everywhere. */
  extraFields?: boolean;
  /** Unusual but valid JSON: key order, whitespace, escapes, number spelling. */
  oddSpelling?: boolean;
  /** A body or frame that is not JSON. In a stream: the frame with this number. */
  malformedAtFrame?: number;
  /** Lines that are not SSE, before the frame with this number. */
  garbageAtFrame?: number;
  /** Answer with so much text that the body has at least this size. */
  minBodyBytes?: number;
  gzip?: boolean;
  /** Added to the response; wins over the upstream's own. */
  headers?: Record<string, string>;
  /** These bytes exactly, instead of everything above that makes a body. */
  rawBody?: string;
  rawContentType?: string;
}

const MARKER = /\[\[upstream (\{.*?\})\]\]/su;

/** Null where neither the prompt nor the model's name asks for anything. */
export function findScriptedBehaviour(prompt: string, model: string): UpstreamBehaviour | null {
  const marker = MARKER.exec(prompt)?.[1];
  if (marker !== undefined) return JSON.parse(marker) as UpstreamBehaviour;
  return model.startsWith('up:') ? parseModelName(model) : null;
}

/** `up:status=503:noUsage:text=hello`: numbers and booleans by their looks, all else text. */
function parseModelName(model: string): UpstreamBehaviour {
  const entries = model
    .slice('up:'.length)
    .split(':')
    .map((option) => {
      const [name = '', ...rest] = option.split('=');
      return [name, rest.length === 0 ? true : parseOption(rest.join('='))] as const;
    });
  return Object.fromEntries(entries);
}

function parseOption(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^\d+(,\d+)+$/u.test(text)) return text.split(',').map(Number);
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
