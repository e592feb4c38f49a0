import type { NativeChatRequest, NativePart } from '../../chat/native-request.js';
import type { JsonValue } from '../../common/json.js';
import { boundMediaTokens, countBase64Characters, type MediaReader } from './media-tokens.js';
import { isSimulatedModel } from './count-simulated-tokens.js';
import { findTokenProfile } from './token-profile.js';
import { MAX_TOOL_PROMPT_TOKENS } from './tool-prompt-tokens.js';

/** Priming, end marks, and what a translation into another dialect adds around the whole. */
const BASE_TOKENS = 32;
/** Beyond the bytes that a message's own braces and names take in the body. */
const TOKENS_PER_MESSAGE = 8;
const TOKENS_PER_TOOL = 16;
/** `1,` is two bytes in the body and up to four tokens as the model sees it. */
const TOKENS_PER_ENUM_MEMBER = 2;

/**
 * A number that the input tokens of a request do not exceed, told from what is known anyway: nothing is encoded or copied.
 *
 * A token of a byte-level tokenizer stands for one byte or more, and JSON never writes a text in fewer bytes than it has.
 * So the body's bytes are enough for all its text; base64 payloads are taken out and images, pages and audio put in by table.
 *
 * Sound for: OpenAI's and Anthropic's models, text, tools and images of any size; documents and audio within the limits that
 * `boundMediaTokens` names. Claude's tokenizer is not public; it is taken to be byte-level. Not sound for: what the provider
 * adds while it answers (its own web search, code execution, MCP servers, files by id that are no PDF), images at compatible
 * servers whose rules are unknown, and hidden prompts longer than 1,000 tokens.
 *
 * The simulated provider counts payloads as text, so theirs stay in.
 *
 * @param bodyBytes length of the request's body as the client sent it
 */
export function estimateInputUpperBound(
  native: NativeChatRequest,
  bodyBytes: number,
  upstreamModel: string,
): number {
  const tokens =
    bodyBytes + BASE_TOKENS + native.messages.length * TOKENS_PER_MESSAGE + boundTools(native, upstreamModel);
  return isSimulatedModel(upstreamModel) ? tokens : tokens + weighAllMedia(native, upstreamModel);
}

function weighAllMedia(native: NativeChatRequest, upstreamModel: string): number {
  let tokens = 0;
  let reader: MediaReader | null = null;
  for (const { parts } of native.messages) {
    for (const part of parts) {
      if (!mayHoldMedia(part)) continue;
      reader ??= { upstreamModel, family: findTokenProfile(upstreamModel).family };
      tokens += weighMedia(part, reader);
    }
  }
  return tokens;
}

function mayHoldMedia(part: NativePart): boolean {
  const { type } = part;
  return type === 'image' || type === 'document' || type === 'audio' || type === 'tool-result';
}

/** What the part adds to the bytes of the body; negative where its payload is longer than its tokens are many. */
function weighMedia(part: NativePart, reader: MediaReader): number {
  switch (part.type) {
    case 'image':
    case 'document':
    case 'audio':
      return boundMediaTokens(part, reader) - countBase64Characters(part);
    case 'tool-result':
      return part.content.reduce((sum, inner) => sum + weighMedia(inner, reader), 0);
    default:
      return 0;
  }
}

function boundTools(native: NativeChatRequest, upstreamModel: string): number {
  const { tools } = native.raw;
  if (!Array.isArray(tools) || tools.length === 0) return 0;
  // Claude's tools bring a prompt, and a provider's own tools bring descriptions, that are not in the body.
  const prompts = findTokenProfile(upstreamModel).family === 'anthropic' ? 1 : 0;
  const foreign = Math.max(0, tools.length - native.tools.length);
  const members = native.tools.reduce((sum, tool) => sum + countEnumMembers(tool.parameters), 0);
  return (
    (prompts + foreign) * MAX_TOOL_PROMPT_TOKENS +
    tools.length * TOKENS_PER_TOOL +
    members * TOKENS_PER_ENUM_MEMBER
  );
}

function countEnumMembers(schema: JsonValue | undefined): number {
  if (typeof schema !== 'object' || schema === null) return 0;
  if (Array.isArray(schema)) return schema.reduce<number>((sum, item) => sum + countEnumMembers(item), 0);
  let members = 0;
  for (const name of Object.keys(schema)) {
    const value = schema[name];
    members += name === 'enum' && Array.isArray(value) ? value.length : countEnumMembers(value);
  }
  return members;
}
