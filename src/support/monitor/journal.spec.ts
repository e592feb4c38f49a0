import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { createTestDirectory } from './ledger.spec-support.js';
import { DeadJournal } from './dead-journal.js';
import { adoptDirectories, createLockedDirectory, type LockedDirectory } from './journal-directory.js';
import { Journal, type JournalOptions } from './journal.js';
import type { PendingRecords } from './pending-records.js';
import { UnreadableJournalError } from './unreadable-journal-error.js';

let root: string;
let damaged: string[];
let inaccessible: string[];

beforeEach(() => {
  root = createTestDirectory();
  damaged = [];
  inaccessible = [];
});

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

function openJournal(changes: Partial<JournalOptions> = {}): Journal {
  const options = { maxBytes: 1 << 30, maxSegmentBytes: 1 << 20, maxMemoryRecords: 1_000, ...changes };
  return new Journal(createLockedDirectory(root, 'own'), {
    onDamaged: (line) => damaged.push(line),
    ...options,
  });
}

const adopt = (): LockedDirectory[] => adoptDirectories(root, (path) => inaccessible.push(path));

function adoptOne(): DeadJournal {
  const directory = adopt()[0];
  if (directory === undefined) throw new Error('Nothing to adopt');
  return new DeadJournal(directory, (line) => damaged.push(line));
}

async function readAll(records: PendingRecords, batch = 100): Promise<string[]> {
  const all: string[] = [];
  for (let page = await records.peek(batch); page.length > 0; page = await records.peek(batch)) {
    all.push(...page);
    records.advance(page.length);
  }
  return all;
}

function listSegmentFiles(): string[] {
  return fs.readdirSync(join(root, 'own')).filter((name) => name.endsWith('.log'));
}

const payload = (n: number): string => JSON.stringify([n, 'ü'.repeat(n % 7)]);
const payloads = (count: number): string[] => Array.from({ length: count }, (_, n) => payload(n));

describe('Journal', () => {
  it('gives records back in the order they came, once', async () => {
    const journal = openJournal();
    for (const text of payloads(250)) journal.append(text);
    expect(await readAll(journal)).toEqual(payloads(250));
    expect(journal.pendingCount).toBe(0);
    journal.close();
  });

  it('keeps at most the given number of records in memory and reads the others back from the files, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
        async (steps) => {
          fs.rmSync(join(root, 'own'), { recursive: true, force: true });
          const journal = openJournal({ maxMemoryRecords: 10, maxSegmentBytes: 200 });
          let appended = 0;
          const seen: string[] = [];
          for (const step of steps) {
            for (let n = 0; n < step; n++) journal.append(payload(appended++));
            const page = await journal.peek(step >> 1 || 1);
            seen.push(...page);
            journal.advance(page.length);
          }
          const listed: string[] = [];
          for await (const text of journal.listPending()) listed.push(text);
          const rest = await readAll(journal, 7);
          journal.close();
          expect([...seen, ...rest]).toEqual(payloads(appended));
          expect(listed).toEqual(rest);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('deletes files whose records are all in PostgreSQL', async () => {
    const journal = openJournal({ maxSegmentBytes: 500 });
    for (const text of payloads(300)) journal.append(text);
    const before = listSegmentFiles().length;
    await readAll(journal);
    expect(before).toBeGreaterThan(5);
    expect(listSegmentFiles()).toHaveLength(1);
    journal.close();
  });

  it('leaves no directory behind when everything was taken', async () => {
    const journal = openJournal();
    journal.append(payload(1));
    await readAll(journal);
    journal.close();
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('is not writable at its size bound, records running work all the same, and recovers when records leave', async () => {
    const journal = openJournal({ maxBytes: 2_000, maxSegmentBytes: 500 });
    const texts = payloads(400);
    for (const text of texts) journal.append(text);
    expect(journal.isWritable()).toBe(false);
    expect(await readAll(journal)).toEqual(texts);
    expect(journal.isWritable()).toBe(true);
    journal.close();
  });

  it('loses nothing while the disk is full, and writes it in order when there is room again', async () => {
    let isFull = false;
    const writeSync = ((fd: number, buffer: Buffer, offset: number, length: number, position: number) => {
      // A full disk takes a part of the record first.
      const taken = isFull ? Math.min(3, length) : length;
      fs.writeSync(fd, buffer, offset, taken, position);
      if (isFull) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return taken;
    }) as typeof fs.writeSync;
    const journal = openJournal({ writeSync, maxMemoryRecords: 5 });
    for (let n = 0; n < 10; n++) journal.append(payload(n));
    isFull = true;
    for (let n = 10; n < 20; n++) journal.append(payload(n));
    await journal.tick();
    expect(journal.isWritable()).toBe(false);
    isFull = false;
    await journal.tick();
    expect(journal.isWritable()).toBe(true);
    for (let n = 20; n < 30; n++) journal.append(payload(n));
    journal.close();
    expect(await readAll(adoptOne())).toEqual(payloads(30));
  });

  it('hands records to PostgreSQL from memory while the disk takes none', async () => {
    const writeSync = (() => {
      throw Object.assign(new Error('I/O error'), { code: 'EIO' });
    }) as typeof fs.writeSync;
    const journal = openJournal({ writeSync, maxMemoryRecords: 5 });
    for (const text of payloads(20)) journal.append(text);
    expect(await readAll(journal)).toEqual(payloads(20));
    await journal.tick();
    expect(journal.isWritable()).toBe(false);
    journal.close();
  });

  it('is not writable while the disk takes only parts of what is tried', async () => {
    const writeSync = ((fd: number, buffer: Buffer, offset: number, length: number, position: number) =>
      fs.writeSync(fd, buffer, offset, Math.min(5, length), position)) as typeof fs.writeSync;
    const journal = openJournal({ writeSync });
    journal.append(payload(1));
    await readAll(journal);
    await journal.tick();
    expect(journal.isWritable()).toBe(false);
    journal.close();
  });

  it('sets a last record aside that the disk returns without its end, and goes on', async () => {
    const journal = openJournal({ maxMemoryRecords: 2 });
    for (let n = 0; n < 8; n++) journal.append(payload(n));
    const file = join(root, 'own', listSegmentFiles()[0] ?? '');
    const bytes = fs.readFileSync(file);
    bytes[bytes.length - 1] = 0x20;
    fs.writeFileSync(file, bytes);
    expect(await readAll(journal)).toEqual(payloads(7));
    expect(damaged).toEqual([expect.stringContaining(payload(7))]);
    journal.append(payload(8));
    expect(await readAll(journal)).toEqual([payload(8)]);
    journal.close();
  });

  it('says when the disk does not give back what only it has', async () => {
    const journal = openJournal({ maxMemoryRecords: 2 });
    for (let n = 0; n < 5; n++) journal.append(payload(n));
    fs.rmSync(join(root, 'own', listSegmentFiles()[0] ?? ''));
    expect(await journal.peek(2)).toEqual(payloads(2));
    journal.advance(2);
    await expect(journal.peek(1)).rejects.toThrow(UnreadableJournalError);
    journal.close();
  });
});

describe('DeadJournal', () => {
  it('skips an unfinished last record and gives all before it', async () => {
    const journal = openJournal();
    for (const text of payloads(50)) journal.append(text);
    journal.close();
    const file = join(root, 'own', listSegmentFiles()[0] ?? '');
    fs.truncateSync(file, fs.statSync(file).size - 2);
    expect(await readAll(adoptOne())).toEqual(payloads(49));
    expect(damaged).toEqual([]);
  });

  it('loses only the damaged record when a byte inside the file changed', async () => {
    const journal = openJournal();
    for (const text of payloads(50)) journal.append(text);
    journal.close();
    const file = join(root, 'own', listSegmentFiles()[0] ?? '');
    const bytes = fs.readFileSync(file);
    bytes[bytes.indexOf(payload(20))] = 0x7b;
    fs.writeFileSync(file, bytes);
    expect(await readAll(adoptOne())).toEqual(payloads(50).filter((text) => text !== payload(20)));
    expect(damaged).toHaveLength(1);
  });

  it('begins at the checkpoint, and at the beginning without one', async () => {
    const journal = openJournal();
    for (let n = 0; n < 100; n++) journal.append(payload(n));
    await journal.tick();
    await journal.peek(100);
    journal.advance(100);
    for (let n = 100; n < 130; n++) journal.append(payload(n));
    journal.close();
    const first = adoptOne();
    expect(await readAll(first)).toEqual(payloads(130).slice(100));
    first.release();
    fs.rmSync(join(root, 'own', 'checkpoint'));
    expect(await readAll(adoptOne())).toEqual(payloads(130));
  });

  it('is adopted by one process at a time, and never while its owner lives', () => {
    const journal = openJournal();
    journal.append(payload(1));
    expect(adopt()).toEqual([]);
    journal.close();
    const first = adopt();
    expect(first).toHaveLength(1);
    expect(adopt()).toEqual([]);
    first[0]?.remove();
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('is adopted although a neighbour is out of reach', () => {
    const journal = openJournal();
    journal.append(payload(1));
    journal.close();
    fs.mkdirSync(join(root, 'a-neighbour', 'lock'), { recursive: true });
    const [own] = adopt();
    expect(own?.path).toBe(join(root, 'own'));
    expect(inaccessible).toEqual([join(root, 'a-neighbour')]);
    own?.unlock();
  });

  it('lets its lock go once, also when it cannot be removed: the number is somebody else by then', () => {
    const directory = createLockedDirectory(root, 'own');
    fs.mkdirSync(join(root, 'own', 'foreign'));
    expect(() => directory.remove()).toThrow();
    const other = fs.openSync(join(root, 'other'), 'w');
    directory.unlock();
    expect(fs.writeSync(other, 'x')).toBe(1);
    fs.closeSync(other);
    expect(adopt()).toHaveLength(1);
  });
});

/** Loads TypeScript sources by their `.js` names, as the compiler lays them out. */
const RESOLVE_SOURCES = `
import { registerHooks } from 'node:module';
registerHooks({ resolve(specifier, context, next) {
  const isSource = specifier.startsWith('.') && specifier.endsWith('.js') && !context.parentURL?.includes('node_modules');
  return next(isSource ? specifier.slice(0, -3) + '.ts' : specifier, context);
} });
`;

function renderAppender(): string {
  const folder = new URL('.', import.meta.url).href;
  return `${RESOLVE_SOURCES}
import fs from 'node:fs';
const { Journal } = await import('${folder}journal.ts');
const { createLockedDirectory } = await import('${folder}journal-directory.ts');
const journal = new Journal(createLockedDirectory(${JSON.stringify(root)}, 'own'), {
  maxBytes: 1e9, maxSegmentBytes: 65536, maxMemoryRecords: 100, onDamaged() {},
});
for (let n = 0; ; n++) {
  journal.append(JSON.stringify([n, 'x'.repeat(300)]));
  fs.writeSync(1, n + '\\n');
}`;
}

describe('a process killed with SIGKILL while it appends', () => {
  it('loses no record whose append returned', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', renderAppender()], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = '';
    child.stdout.on('data', (chunk: Buffer) => {
      acknowledged += chunk.toString();
      if (acknowledged.length > 40_000) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const last = Number(acknowledged.split('\n').at(-2));
    const found = (await readAll(adoptOne())).map((text) => (JSON.parse(text) as [number])[0]);
    expect(last).toBeGreaterThan(5_000);
    expect(found.slice(0, last + 1)).toEqual(Array.from({ length: last + 1 }, (_, n) => n));
    expect(found.length - (last + 1)).toBeLessThanOrEqual(1);
  });
});
