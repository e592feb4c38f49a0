const OPENINGS = [
  Buffer.from('event: error'),
  Buffer.from('event:error'),
  Buffer.from('data: {"error"'),
  Buffer.from('data:{"error"'),
];

/**
 * Whether a stream's first chunk is an error event of the Anthropic or the OpenAI dialect. A chunk too short to tell is
 * none: the stream then goes on and ends with the event inside.
 */
export function isErrorFrame(chunk: Buffer): boolean {
  return OPENINGS.some(
    (opening) => chunk.length >= opening.length && opening.compare(chunk, 0, opening.length) === 0,
  );
}
