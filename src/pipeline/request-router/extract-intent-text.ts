import type { NativeChatRequest, NativeMessage, NativePart } from '../../chat/native-request.js';

/** The parts of a request that say what it wants, cut to a bounded size, and what it holds in all. */
export interface RequestOutline {
  /** Beginning and end of the last user turn: instructions stand before or after the material they are about. */
  userText: string;
  /** Beginning of the first system prompt. */
  systemText: string;
  /** Text in all messages and tool descriptions, UTF-16 units. */
  characters: number;
  /** `text` and the media that occur, in a fixed order. */
  modalities: string[];
  endsWithToolResult: boolean;
}

const USER_HEAD_CHARACTERS = 600;
const USER_TAIL_CHARACTERS = 300;
const SYSTEM_CHARACTERS = 400;
const MODALITY_ORDER = ['text', 'image', 'document', 'audio'] as const;

type Modality = (typeof MODALITY_ORDER)[number];

/** Linear in the number of parts, not in the length of their texts. */
export function outlineRequest(request: NativeChatRequest): RequestOutline {
  const tally: Tally = { characters: 0, image: false, document: false, audio: false, text: false };
  let lastUser: NativeMessage | null = null;
  let firstSystem: NativeMessage | null = null;
  for (const message of request.messages) {
    for (const part of message.parts) countPart(part, tally);
    if (message.role === 'user') lastUser = message;
    else if (message.role === 'system') firstSystem ??= message;
  }
  for (const tool of request.tools) tally.characters += tool.name.length + (tool.description?.length ?? 0);
  return {
    userText: lastUser === null ? '' : cutMiddle(joinTexts(lastUser)),
    systemText: firstSystem === null ? '' : joinTexts(firstSystem).slice(0, SYSTEM_CHARACTERS),
    characters: tally.characters,
    modalities: MODALITY_ORDER.filter((modality) => tally[modality]),
    endsWithToolResult: request.messages.at(-1)?.role === 'tool',
  };
}

type Tally = { characters: number } & Record<Modality, boolean>;

function countPart(part: NativePart, tally: Tally): void {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      tally.text = true;
      tally.characters += part.text.length;
      return;
    case 'tool-call':
      tally.text = true;
      tally.characters += part.argumentsJson.length;
      return;
    case 'tool-result':
      for (const inner of part.content) countPart(inner, tally);
      return;
    case 'image':
    case 'document':
      tally[part.type] = true;
      if (part.source.kind === 'text') tally.characters += part.source.text.length;
      return;
    case 'audio':
      tally.audio = true;
      return;
    case 'reasoning-redacted':
      return;
  }
}

/** A turn of many parts is read from its first and its last texts; a rope of all would be flattened in full. */
function joinTexts(message: NativeMessage): string {
  const texts: string[] = [];
  for (const part of message.parts) if (part.type === 'text') texts.push(part.text);
  if (texts.length <= 4) return texts.length === 1 ? (texts[0] ?? '') : texts.map(cutMiddle).join('\n');
  return [...texts.slice(0, 2), ...texts.slice(-2)].map(cutMiddle).join('\n');
}

function cutMiddle(text: string): string {
  if (text.length <= USER_HEAD_CHARACTERS + USER_TAIL_CHARACTERS) return text;
  return `${text.slice(0, USER_HEAD_CHARACTERS)}\n${text.slice(-USER_TAIL_CHARACTERS)}`;
}
