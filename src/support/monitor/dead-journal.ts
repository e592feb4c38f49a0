import fs from 'node:fs';
import { findCheckpoint } from './journal-checkpoint.js';
import type { LockedDirectory } from './journal-directory.js';
import type { PendingRecords } from './pending-records.js';
import { readSegment } from './read-segment.js';
import { renderSegmentPath, type SegmentPosition } from './segment-writer.js';
import { UnreadableJournalError } from './unreadable-journal-error.js';

/**
 * The journal that a dead process left behind, read from its checkpoint on. Its unfinished last line, if it died inside a
 * write, was never acknowledged and is skipped. Records may be in PostgreSQL already; inserting them again changes nothing.
 */
export class DeadJournal implements PendingRecords {
  private readonly directory: LockedDirectory;
  private readonly onDamaged: (line: string) => void;
  /** Numbers of the segment files, ascending. */
  private readonly segments: number[];
  private cursor: SegmentPosition;
  private buffered: string[] = [];

  constructor(directory: LockedDirectory, onDamaged: (line: string) => void) {
    this.directory = directory;
    this.onDamaged = onDamaged;
    this.segments = listSegments(directory.path);
    this.cursor = findCheckpoint(directory.path) ?? { segment: 0, offset: 0 };
  }

  get path(): string {
    return this.directory.path;
  }

  /** @throws UnreadableJournalError */
  async peek(max: number): Promise<readonly string[]> {
    try {
      while (this.buffered.length === 0 && this.segments.length > 0) await this.readOn();
    } catch (error) {
      throw new UnreadableJournalError(this.path, error);
    }
    return this.buffered.slice(0, max);
  }

  advance(count: number): void {
    this.buffered = this.buffered.slice(count);
  }

  /** Everything is in PostgreSQL. */
  remove(): void {
    this.directory.remove();
  }

  /** Leaves the rest to the next adopter. */
  release(): void {
    this.directory.unlock();
  }

  private async readOn(): Promise<void> {
    const segment = this.segments[0];
    if (segment === undefined) return;
    if (segment < this.cursor.segment) {
      this.segments.shift();
      return;
    }
    const offset = segment === this.cursor.segment ? this.cursor.offset : 0;
    const path = renderSegmentPath(this.directory.path, segment);
    const read = await readSegment({ path, offset, endOffset: Infinity });
    for (const line of read.damaged) this.onDamaged(line);
    this.buffered.push(...read.payloads);
    this.cursor = { segment, offset: read.nextOffset };
    if (read.isAtEnd) this.segments.shift();
  }
}

function listSegments(path: string): number[] {
  const names = fs.readdirSync(path).filter((name) => name.endsWith('.log'));
  return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
}
