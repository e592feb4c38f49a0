import fs from 'node:fs';
import { join } from 'node:path';
import { parseJournalLines, renderJournalLine } from './journal-line.js';
import type { SegmentPosition } from './segment-writer.js';

const FILE_NAME = 'checkpoint';
/** Longer than any position, so that each write covers the one before. */
const PADDED_LENGTH = 48;

/** Remembers up to where the records are in PostgreSQL. Only shortens a replay: without it everything is replayed. */
export class JournalCheckpoint {
  private readonly fd: number;

  constructor(directory: string) {
    this.fd = fs.openSync(join(directory, FILE_NAME), 'w', 0o600);
  }

  write({ segment, offset }: SegmentPosition): void {
    const payload = JSON.stringify([segment, offset]).padEnd(PADDED_LENGTH);
    fs.writeSync(this.fd, renderJournalLine(payload).padEnd(PADDED_LENGTH + 16), 0);
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}

/** Null where none was written or it is torn. */
export function findCheckpoint(directory: string): SegmentPosition | null {
  const path = join(directory, FILE_NAME);
  if (!fs.existsSync(path)) return null;
  const payload = parseJournalLines(fs.readFileSync(path)).payloads[0];
  if (payload === undefined) return null;
  const [segment, offset] = JSON.parse(payload) as [number, number];
  return { segment, offset };
}
