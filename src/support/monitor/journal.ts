import { JournalCheckpoint } from './journal-checkpoint.js';
import type { LockedDirectory } from './journal-directory.js';
import { renderJournalLine } from './journal-line.js';
import type { CountedRecords } from './pending-records.js';
import { readSegment } from './read-segment.js';
import { renderSegmentPath, type SegmentPosition, SegmentWriter, type WriteSync } from './segment-writer.js';
import { UnreadableJournalError } from './unreadable-journal-error.js';

/** Enough for minutes without PostgreSQL; after that the checkpoint is coarser. */
const MAX_MARKS = 1_000;

export interface JournalOptions {
  /** Bound on the files' total size; reached, the journal is not writable. */
  maxBytes: number;
  maxSegmentBytes: number;
  /** Records kept in memory as well; those beyond are read back from the files. */
  maxMemoryRecords: number;
  /** Told of each record that the disk returned damaged. */
  onDamaged: (line: string) => void;
  writeSync?: WriteSync;
}

/**
 * The usage journal of one process: a queue on disk between the requests and PostgreSQL.
 *
 * Guarantees: when `append` returns and `isWritable` is true, the record is in the file (the kernel's copy, which a killed
 * process cannot lose; `sync` brings it to the disk). Records leave in the order they came, and only after `advance`.
 *
 * 1. `append` numbers the record, writes its line, and keeps the text in memory, up to `maxMemoryRecords`.
 * 2. Beyond that (PostgreSQL is down) only the file has it; `peek` reads it back when the memory was worked off.
 * 3. `advance` forgets records and deletes the files that held only such.
 *
 * Records by number: headSequence <= in memory < memoryEnd <= only in files < writtenSequence <= unwritten < tailSequence.
 *
 * Disk full or failing: the record waits in memory (`unwritten`), `isWritable` is false until a write succeeds again, and
 * the record can still reach PostgreSQL from memory. The size bound stops new work the same way; running work is recorded.
 */
export class Journal implements CountedRecords {
  private readonly directory: LockedDirectory;
  private readonly options: JournalOptions;
  private readonly segments: SegmentWriter;
  private readonly checkpoint: JournalCheckpoint;
  private memory: string[] = [];
  /** Index in `memory` of the oldest record. */
  private memoryHead = 0;
  private headSequence = 0;
  private writtenSequence = 0;
  private tailSequence = 0;
  private unwritten: string[] = [];
  private hasWriteFailed = false;
  private hasSyncFailed = false;
  private isSyncing = false;
  /** Position of record `memoryEnd`, while records are only in files. */
  private cursor: SegmentPosition | null = null;
  /** Positions of earlier ticks, waiting for the head to pass them. */
  private readonly marks: { sequence: number; position: SegmentPosition }[] = [];
  private lastMarked = 0;

  /** @throws when the directory is not writable. */
  constructor(directory: LockedDirectory, options: JournalOptions) {
    this.directory = directory;
    this.options = options;
    this.segments = new SegmentWriter(directory.path, options.maxSegmentBytes, options.writeSync);
    this.checkpoint = new JournalCheckpoint(directory.path);
  }

  /** Records that are not in PostgreSQL yet. */
  get pendingCount(): number {
    return this.tailSequence - this.headSequence;
  }

  get totalBytes(): number {
    return this.segments.totalBytes;
  }

  /** Number of records ever appended, and of those that left. */
  get sequences(): { head: number; tail: number } {
    return { head: this.headSequence, tail: this.tailSequence };
  }

  isWritable(): boolean {
    return !this.hasWriteFailed && !this.hasSyncFailed && this.segments.totalBytes < this.options.maxBytes;
  }

  /** Never throws: what cannot be written waits in memory. */
  append(payload: string): void {
    const isSpilled = this.isSpilled();
    const sequence = this.tailSequence++;
    const start = this.unwritten.length === 0 ? this.tryWrite(payload, sequence) : null;
    if (start === null) this.unwritten.push(payload);
    if (isSpilled) return;
    if (start !== null && this.memory.length - this.memoryHead >= this.options.maxMemoryRecords)
      this.cursor = start;
    else this.memory.push(payload);
  }

  /** @throws UnreadableJournalError when the disk does not give back what only it has. */
  async peek(max: number): Promise<readonly string[]> {
    try {
      while (this.memoryHead === this.memory.length && this.isSpilled()) await this.refill();
    } catch (error) {
      throw new UnreadableJournalError(this.directory.path, error);
    }
    return this.memory.slice(this.memoryHead, this.memoryHead + max);
  }

  advance(count: number): void {
    this.memoryHead += count;
    this.headSequence += count;
    if (this.memoryHead * 2 >= this.memory.length) {
      this.memory = this.memory.slice(this.memoryHead);
      this.memoryHead = 0;
    }
    // Records that reached PostgreSQL from memory need no line in the file any more.
    if (this.headSequence > this.writtenSequence) {
      this.unwritten.splice(0, this.headSequence - this.writtenSequence);
      this.writtenSequence = this.headSequence;
    }
    this.segments.release(this.headSequence);
  }

  /** Every pending record, read without removing any. `peek` and `advance` must not run meanwhile. */
  async *listPending(): AsyncGenerator<string> {
    yield* this.memory.slice(this.memoryHead);
    if (!this.isSpilled() || this.cursor === null) return;
    const end = this.segments.position();
    const unwritten = [...this.unwritten];
    let cursor = this.cursor;
    while (isBefore(cursor, end)) {
      const chunk = await this.readChunk(cursor, end);
      yield* chunk.payloads;
      cursor = chunk.next;
    }
    yield* unwritten;
  }

  /** Every 100 ms: retries what the disk refused, notes how far PostgreSQL is, brings new records to the disk. */
  async tick(): Promise<void> {
    this.retryUnwritten();
    this.writeCheckpoint();
    if (this.isSyncing) return;
    this.isSyncing = true;
    try {
      await this.segments.sync();
      this.hasSyncFailed = false;
    } catch {
      // Shown by isWritable; tried again with the next tick.
      this.hasSyncFailed = true;
    } finally {
      this.isSyncing = false;
    }
  }

  /** Removes the directory when nothing is pending, else leaves it to whoever adopts it. @throws what the disk refuses. */
  close(): void {
    this.retryUnwritten();
    this.writeCheckpoint();
    try {
      this.segments.close();
      this.checkpoint.close();
    } finally {
      if (this.pendingCount === 0) this.directory.remove();
      else this.directory.unlock();
    }
  }

  private get memoryEnd(): number {
    return this.headSequence + this.memory.length - this.memoryHead;
  }

  private isSpilled(): boolean {
    return this.memoryEnd < this.tailSequence;
  }

  private tryWrite(payload: string, sequence: number): SegmentPosition | null {
    try {
      const start = this.segments.write(renderJournalLine(payload), sequence);
      this.writtenSequence = sequence + 1;
      this.hasWriteFailed = false;
      return start;
    } catch {
      // ENOSPC, EIO: shown by isWritable; the caller keeps the record.
      this.hasWriteFailed = true;
      return null;
    }
  }

  private retryUnwritten(): void {
    let written = 0;
    for (const payload of this.unwritten) {
      if (this.tryWrite(payload, this.writtenSequence) === null) break;
      written++;
    }
    this.unwritten.splice(0, written);
    if (this.hasWriteFailed && this.unwritten.length === 0) this.hasWriteFailed = !this.segments.canWrite();
  }

  /** Moves the next records of the files, or at their end the unwritten ones, into memory. */
  private async refill(): Promise<void> {
    const cursor = this.cursor ?? this.segments.position();
    const chunk = await this.readChunk(cursor, this.segments.position());
    this.cursor = chunk.next;
    this.memory.push(...chunk.payloads);
    if (!isBefore(chunk.next, this.segments.position())) {
      // The files are read to their end. Damaged lines made memory shorter than the numbers say: those records are gone.
      this.headSequence += this.writtenSequence - this.memoryEnd;
      this.memory = [...this.memory, ...this.unwritten];
      this.cursor = null;
    }
    for (const line of chunk.damaged) this.options.onDamaged(line);
  }

  private async readChunk(
    from: SegmentPosition,
    end: SegmentPosition,
  ): Promise<{ payloads: string[]; damaged: string[]; next: SegmentPosition }> {
    const read = await readSegment({
      path: renderSegmentPath(this.directory.path, from.segment),
      offset: from.offset,
      endOffset: from.segment === end.segment ? end.offset : Infinity,
    });
    if (!read.isAtEnd) {
      return { ...read, next: { segment: from.segment, offset: read.nextOffset } };
    }
    const next = from.segment < end.segment ? { segment: from.segment + 1, offset: 0 } : end;
    // Every record ended with a line break: a line without one was damaged, and must not be waited for.
    const damaged = read.torn === '' ? read.damaged : [...read.damaged, read.torn];
    return { payloads: read.payloads, damaged, next };
  }

  private writeCheckpoint(): void {
    const position = this.segments.position();
    const isNews = this.tailSequence > this.lastMarked && this.unwritten.length === 0;
    if (isNews && this.marks.length < MAX_MARKS) {
      this.marks.push({ sequence: this.tailSequence, position });
      this.lastMarked = this.tailSequence;
    }
    let passed: SegmentPosition | null = null;
    while (this.marks[0] !== undefined && this.marks[0].sequence <= this.headSequence) {
      passed = this.marks.shift()?.position ?? null;
    }
    if (passed === null) return;
    try {
      this.checkpoint.write(passed);
    } catch {
      // Costs a longer replay, nothing else; a failing disk shows by isWritable.
      this.hasWriteFailed = true;
    }
  }
}

function isBefore(a: SegmentPosition, b: SegmentPosition): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
}
