import type { UpstreamBehaviour } from './behaviour.ts';
import { renderOddJson } from './odd-json.ts';

/** One server-sent event before it is bytes. A string stands for itself: comments, `[DONE]`, garbage. */
export interface Frame {
  event: string | null;
  data: object | string;
}

export interface FrameStyle {
  /** The dialect has `ping` events. */
  hasPingEvents: boolean;
  /** The error event of the dialect. */
  buildError(behaviour: UpstreamBehaviour): Frame;
}

/** Applies everything about a stream that is not its timing; the result is one chunk of bytes per frame. */
export function encodeFrames(
  frames: readonly Frame[],
  behaviour: UpstreamBehaviour,
  style: FrameStyle,
): Buffer[] {
  const end = behaviour.errorAfterFrames ?? behaviour.endAfterFrames ?? frames.length;
  const chosen = frames.slice(0, end);
  if (behaviour.errorAfterFrames !== undefined) chosen.push(style.buildError(behaviour));
  return chosen.map((frame, index) => Buffer.from(encodeWithExtras(frame, index, behaviour, style), 'utf8'));
}

export function renderJson(value: object, behaviour: UpstreamBehaviour): string {
  const extended = behaviour.extraFields === true ? addExtraFields(value) : value;
  return behaviour.oddSpelling === true ? renderOddJson(extended) : JSON.stringify(extended);
}

function encodeWithExtras(
  frame: Frame,
  index: number,
  behaviour: UpstreamBehaviour,
  style: FrameStyle,
): string {
  const lineEnd = behaviour.lineEnd ?? '\n';
  let text = '';
  if (behaviour.garbageAtFrame === index)
    text += `this is : not an event${lineEnd}<html>${lineEnd}${lineEnd}`;
  if (behaviour.pings === true) {
    text += `: keep-alive ${index}${lineEnd}${lineEnd}`;
    if (style.hasPingEvents) text += encode({ event: 'ping', data: { type: 'ping' } }, behaviour);
  }
  if (behaviour.unknownEvents === true && index > 0) {
    text += encode({ event: 'x_future', data: { type: 'x_future', index } }, behaviour);
  }
  if (behaviour.malformedAtFrame === index) return `${text}data: {"broken": ${lineEnd}${lineEnd}`;
  return text + encode(frame, behaviour);
}

function encode(frame: Frame, behaviour: UpstreamBehaviour): string {
  const lineEnd = behaviour.lineEnd ?? '\n';
  const data = typeof frame.data === 'string' ? frame.data : renderJson(frame.data, behaviour);
  const event = frame.event === null ? '' : `event: ${frame.event}${lineEnd}`;
  return `${event}data: ${data}${lineEnd}${lineEnd}`;
}

function addExtraFields(value: unknown): object {
  if (Array.isArray(value))
    return value.map((item: unknown): unknown => (isObject(item) ? addExtraFields(item) : item));
  const members = Object.entries(value as object).map(
    ([name, member]: [string, unknown]) =>
      [name, isObject(member) ? addExtraFields(member) : member] as const,
  );
  return { ...Object.fromEntries(members), x_future: { a: [1, null, 'é€😀'] } };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
