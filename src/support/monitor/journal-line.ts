import { crc32 } from 'node:zlib';

/**
 * A journal record is one line: the payload (JSON, so it holds no raw tab or line break), a tab, its CRC-32 in decimal, a
 * line break. A torn or damaged line fails its CRC and costs only itself: reading goes on after the next line break.
 */
export function renderJournalLine(payload: string): string {
  return `${payload}\t${crc32(payload)}\n`;
}

const LINE_BREAK = 10;
const TAB = 9;

export interface ParsedLines {
  /** Payloads of intact lines, in order. */
  payloads: string[];
  /** Complete lines whose CRC does not match, as read. */
  damaged: string[];
  /** Bytes up to and including the last line break. */
  consumedBytes: number;
}

/** Reads every complete line; an unfinished last line is left unconsumed. */
export function parseJournalLines(chunk: Buffer): ParsedLines {
  const payloads: string[] = [];
  const damaged: string[] = [];
  let start = 0;
  for (let end = chunk.indexOf(LINE_BREAK); end !== -1; end = chunk.indexOf(LINE_BREAK, start)) {
    const payload = parseLine(chunk.subarray(start, end));
    if (payload === null) damaged.push(chunk.toString('latin1', start, end));
    else payloads.push(payload);
    start = end + 1;
  }
  return { payloads, damaged, consumedBytes: start };
}

function parseLine(line: Buffer): string | null {
  const tab = line.lastIndexOf(TAB);
  if (tab <= 0) return null;
  const body = line.subarray(0, tab);
  return Number(line.toString('latin1', tab + 1)) === crc32(body) ? body.toString('utf8') : null;
}
