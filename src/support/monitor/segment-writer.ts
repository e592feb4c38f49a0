import fs from 'node:fs';
import { join } from 'node:path';

export type WriteSync = typeof fs.writeSync;

export interface SegmentPosition {
  /** Number of the segment file. */
  segment: number;
  /** Byte offset in it. */
  offset: number;
}

interface Segment {
  readonly number: number;
  readonly fd: number;
  bytes: number;
  /** Sequence number after the last record in it. */
  endSequence: number;
  isDirty: boolean;
}

const SCRATCH_BYTES = 64 * 1024;
const PROBE = Buffer.alloc(4_096, ' ');

export function renderSegmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(8, '0')}.log`);
}

/**
 * Append-only files of bounded size in one directory. Every write names its offset, so a write that failed half-way is
 * overwritten by the next attempt instead of leaving a hole. 1.5 us per record, most of it the system call.
 */
export class SegmentWriter {
  private readonly scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  private readonly segments: Segment[] = [];
  private active: Segment;
  private readonly directory: string;
  private readonly maxSegmentBytes: number;
  private readonly writeSync: WriteSync;
  private bytesInAll = 0;
  private isDirectoryDirty = true;

  /** @throws when the first file cannot be made. */
  constructor(directory: string, maxSegmentBytes: number, writeSync: WriteSync = fs.writeSync) {
    this.directory = directory;
    this.maxSegmentBytes = maxSegmentBytes;
    this.writeSync = writeSync;
    this.active = this.openSegment(1, 0);
  }

  /** Bytes of all files that still exist. */
  get totalBytes(): number {
    return this.bytesInAll;
  }

  /** Where the next record goes. */
  position(): SegmentPosition {
    return { segment: this.active.number, offset: this.active.bytes };
  }

  /** Start of the record that was written last, `lineBytes` long. @throws what the file system throws; nothing is counted then. */
  write(line: string, sequence: number): SegmentPosition {
    if (this.active.bytes >= this.maxSegmentBytes)
      this.active = this.openSegment(this.active.number + 1, sequence);
    const active = this.active;
    const start = active.bytes;
    // Three bytes is the most a UTF-16 code unit can take.
    const isLong = line.length * 3 > SCRATCH_BYTES;
    const buffer = isLong ? Buffer.from(line) : this.scratch;
    const length = isLong ? buffer.length : this.scratch.write(line, 0);
    const written = this.writeSync(active.fd, buffer, 0, length, start);
    if (written !== length) throw new Error(`Short write to the journal: ${written} of ${length} bytes`);
    active.bytes += length;
    active.endSequence = sequence + 1;
    active.isDirty = true;
    this.bytesInAll += length;
    return { segment: active.number, offset: start };
  }

  /** Whether a block can be written; leaves the file as it was. */
  canWrite(): boolean {
    try {
      const written = this.writeSync(this.active.fd, PROBE, 0, PROBE.length, this.active.bytes);
      fs.ftruncateSync(this.active.fd, this.active.bytes);
      // A disk that is nearly full takes a part.
      return written === PROBE.length;
    } catch {
      return false;
    }
  }

  /** Deletes the files whose records all come before `sequence`; the active one stays. */
  release(sequence: number): void {
    while (this.segments.length > 1) {
      const oldest = this.segments[0];
      if (oldest === undefined || oldest === this.active || oldest.endSequence > sequence) return;
      this.segments.shift();
      this.bytesInAll -= oldest.bytes;
      fs.closeSync(oldest.fd);
      fs.unlinkSync(renderSegmentPath(this.directory, oldest.number));
    }
  }

  /** Brings written records to the disk; at most one call at a time. @throws EIO and the like. */
  async sync(): Promise<void> {
    for (const segment of this.segments.filter((candidate) => candidate.isDirty)) {
      segment.isDirty = false;
      await this.syncSegment(segment);
    }
    if (this.isDirectoryDirty) await this.syncDirectory();
  }

  /** Every file is closed, whatever the disk does. @throws the first thing that it refused. */
  close(): void {
    const segments = this.segments.splice(0);
    try {
      for (const segment of segments) if (segment.isDirty) fs.fdatasyncSync(segment.fd);
    } finally {
      for (const segment of segments) fs.closeSync(segment.fd);
    }
  }

  private async syncDirectory(): Promise<void> {
    this.isDirectoryDirty = false;
    try {
      const directory = await fs.promises.open(this.directory, 'r');
      await directory.sync().finally(() => directory.close());
    } catch (error) {
      this.isDirectoryDirty = true;
      throw error;
    }
  }

  private async syncSegment(segment: Segment): Promise<void> {
    const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      fs.fdatasync(segment.fd, resolve);
    });
    // A segment released in the meantime is in PostgreSQL; its closed descriptor says nothing about the disk.
    if (failure === null || !this.segments.includes(segment)) return;
    segment.isDirty = true;
    throw failure;
  }

  private openSegment(number: number, sequence: number): Segment {
    const fd = fs.openSync(renderSegmentPath(this.directory, number), 'wx', 0o600);
    const segment: Segment = { number, fd, bytes: 0, endSequence: sequence, isDirty: false };
    this.segments.push(segment);
    this.isDirectoryDirty = true;
    return segment;
  }
}
