import type { NativeMessage, NativePart } from '../../chat/native-request.js';
import { assertUnreachable } from '../../common/assert-unreachable.js';
import type { CountingUnit } from './counting-unit.js';
import { estimateMediaTokens, type MediaReader } from './media-tokens.js';

/** Marks around a message and its role, which is one token. Source: OpenAI's cookbook on counting tokens. */
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_ROLE = 1;
const TOKENS_PER_NAME = 1;
/** Marks around a call or a result; not published, observed. */
const TOKENS_PER_TOOL_PART = 4;

/** What there is to count in a message. */
export function describeMessage(message: NativeMessage, reader: MediaReader): CountingUnit {
  const unit: CountingUnit = { texts: [], extraTokens: TOKENS_PER_MESSAGE + TOKENS_PER_ROLE, isExact: true };
  if (message.name !== null) {
    unit.texts.push(message.name);
    unit.extraTokens += TOKENS_PER_NAME;
  }
  for (const part of message.parts) addPart(unit, part, reader);
  return unit;
}

function addPart(unit: CountingUnit, part: NativePart, reader: MediaReader): void {
  switch (part.type) {
    case 'text':
      unit.texts.push(part.text);
      return;
    case 'tool-call':
      addEstimated(unit, [part.name, part.argumentsJson], TOKENS_PER_TOOL_PART);
      return;
    case 'tool-result':
      addEstimated(unit, [], TOKENS_PER_TOOL_PART);
      for (const inner of part.content) addPart(unit, inner, reader);
      return;
    case 'reasoning':
      // Providers drop the thinking of earlier turns or count it by rules of their own.
      addEstimated(unit, [part.text], 0);
      return;
    case 'reasoning-redacted':
      addEstimated(unit, [part.data], 0);
      return;
    case 'image':
    case 'audio':
      addEstimated(unit, [], estimateMediaTokens(part, reader));
      return;
    case 'document':
      addEstimated(unit, listDocumentTexts(part), estimateMediaTokens(part, reader));
      return;
    default:
      assertUnreachable(part);
  }
}

function addEstimated(unit: CountingUnit, texts: string[], extraTokens: number): void {
  unit.texts.push(...texts);
  unit.extraTokens += extraTokens;
  unit.isExact = false;
}

function listDocumentTexts(part: Extract<NativePart, { type: 'document' }>): string[] {
  const text = part.source.kind === 'text' ? part.source.text : null;
  return [part.title, part.context, text].filter((value) => value !== null);
}
