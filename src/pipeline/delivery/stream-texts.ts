import { isJsonObject, type JsonObject, type JsonPath, type JsonValue } from '../../common/json.js';
import { SseFrameReader } from '../format-adapter/sse-frames.js';
import {
  type BodyText,
  type BodyTexts,
  collectTexts,
  type TextPlace,
  type TextVisitor,
} from '../validation-gate/collect-texts.js';
import { parseFrame, STREAM_END } from './stream-frames.js';

/** A text that is only on the wire has no place in the answer that could be rewritten. */
const NOWHERE: TextPlace = { getPath: () => [], isSealed: false };

/**
 * The texts of a recorded stream: those of the answer it adds up to, and whatever else its frames say: blocks and fields that
 * the native format does not know. A stream whose bytes are passed on has then been seen whole.
 *
 * What the frames say at the same place is joined, so that no text is looked at in pieces; what the answer has already said
 * is not looked at twice. Texts of the answer come with their paths in it, all others with an empty path.
 */
export class StreamTexts implements BodyTexts {
  readonly hidesNothing = false;

  constructor(
    private readonly answer: JsonObject,
    private readonly bytes: Buffer,
  ) {}

  accept(visitor: TextVisitor): void {
    const seen = new SeenTexts(visitor);
    collectTexts(this.answer).accept(seen);
    const wire = new WireTexts();
    const reader = new SseFrameReader();
    for (const frame of [...reader.push(this.bytes), ...reader.finish()]) wire.addFrame(frame.data);
    for (const text of wire.joinTexts()) if (!seen.texts.has(text)) visitor.visitText(text, NOWHERE);
    for (const name of wire.names) visitor.visitName(name);
  }
}

/** Passes everything on and remembers it. */
class SeenTexts implements TextVisitor {
  readonly texts = new Set<string>();

  constructor(private readonly next: TextVisitor) {}

  visitText(text: string, place: TextPlace): void {
    this.texts.add(text);
    this.next.visitText(text, place);
  }

  visitParts(parts: readonly BodyText[]): void {
    for (const { text } of parts) this.texts.add(text);
    this.next.visitParts(parts);
  }

  visitName(name: string): void {
    this.next.visitName(name);
  }
}

/** What the frames say, joined by place. */
class WireTexts implements TextVisitor {
  readonly names = new Set<string>();
  private readonly pieces = new Map<string, string[]>();
  private frame: JsonObject = {};

  addFrame(data: string): void {
    if (data === STREAM_END) return;
    const json = parseFrame(data);
    if (json === null) {
      this.add('', data);
      return;
    }
    this.frame = json;
    collectTexts(json).accept(this);
  }

  joinTexts(): string[] {
    return Array.from(this.pieces.values(), (pieces) => pieces.join(''));
  }

  visitText(text: string, place: TextPlace): void {
    this.add(renderStreamPlace(this.frame, place.getPath()), text);
  }

  visitParts(parts: readonly BodyText[]): void {
    for (const { path, text } of parts) this.add(renderStreamPlace(this.frame, path), text);
  }

  visitName(name: string): void {
    this.names.add(name);
  }

  private add(place: string, text: string): void {
    const pieces = this.pieces.get(place);
    if (pieces === undefined) this.pieces.set(place, [text]);
    else pieces.push(text);
  }
}

/** Where a delta belongs: choices, blocks and tool calls are told apart by their `index`, wherever they stand in a frame. */
function renderStreamPlace(frame: JsonObject, path: JsonPath): string {
  let value: JsonValue | undefined = frame;
  let place = renderIndex(frame) ?? '';
  for (const part of path) {
    value = (value as Record<string | number, JsonValue | undefined>)[part];
    const index = renderIndex(value);
    place += typeof part === 'number' ? (index ?? `#${part}`) : `.${part}${index ?? ''}`;
  }
  return place;
}

function renderIndex(value: JsonValue | undefined): string | null {
  return isJsonObject(value) && typeof value.index === 'number' ? `#${value.index}` : null;
}
