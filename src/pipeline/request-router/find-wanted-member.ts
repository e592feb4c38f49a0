const MODEL = Buffer.from('model');
const STREAM_OPTIONS = Buffer.from('stream_options');

/** The members of the root whose place in the bytes is needed later. */
export type WantedMember = 'none' | 'model' | 'stream_options';

/** Which of them these bytes name, `end` exclusive. */
export function findWantedMember(bytes: Buffer, start: number, end: number): WantedMember {
  const length = end - start;
  if (length === MODEL.length && bytes.compare(MODEL, 0, MODEL.length, start, end) === 0) return 'model';
  if (length === STREAM_OPTIONS.length && bytes.compare(STREAM_OPTIONS, 0, length, start, end) === 0) {
    return 'stream_options';
  }
  return 'none';
}
