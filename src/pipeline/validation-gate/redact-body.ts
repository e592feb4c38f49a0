import { findValueSpans, spliceBytes } from '../request-router/splice-json.js';
import type { BodyText } from './collect-texts.js';

/**
 * The JSON text with values replaced by strings; every other byte stays as it was written.
 * @param bytes JSON whose parsed form the paths come from.
 */
export function redactBody(bytes: Buffer, redactions: readonly BodyText[]): Buffer {
  const spans = findValueSpans(
    bytes,
    redactions.map(({ path }) => path),
  );
  const edits = redactions.map(({ text }, index) => {
    const span = spans[index];
    if (span === undefined) throw new Error('A redaction points outside the body');
    return { start: span.start, end: span.end, replacement: Buffer.from(JSON.stringify(text)) };
  });
  return spliceBytes(bytes, edits);
}
