import fs from 'node:fs';
import { join } from 'node:path';
import type { SqlClient } from '../../storage/database/sql-client.port.js';
import { createLockedDirectory } from './journal-directory.js';
import { Journal } from './journal.js';
import {
  createTestDatabase,
  createTestDirectory,
  createUsageEvent,
  type TestDatabase,
} from './ledger.spec-support.js';
import { BATCH_ROWS, LedgerWriter } from './ledger-writer.js';
import type { UnreadableJournalError } from './unreadable-journal-error.js';
import { encodeUsageEvent } from './usage-record.js';

let database: TestDatabase;
let root: string;
let journal: Journal;
let unreadable: UnreadableJournalError[];

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

beforeEach(() => {
  root = createTestDirectory();
  unreadable = [];
});

afterEach(() => {
  journal.close();
  fs.rmSync(root, { recursive: true, force: true });
});

function openJournal(maxMemoryRecords: number): void {
  const options = { maxBytes: 1e9, maxSegmentBytes: 1e6, maxMemoryRecords, onDamaged: () => undefined };
  journal = new Journal(createLockedDirectory(root, 'own'), options);
}

function createWriter(sql: SqlClient): LedgerWriter {
  return new LedgerWriter(sql, {
    onRejected: () => undefined,
    onStateChange: () => undefined,
    onUnreadable: (error) => unreadable.push(error),
  });
}

const append = (): void => journal.append(encodeUsageEvent(createUsageEvent()));

/** Under steady traffic another record has come whenever a statement is sent. */
class BusySql implements SqlClient {
  statements = 0;

  query<Row>(text: string, params?: readonly unknown[]): Promise<Row[]> {
    this.statements++;
    append();
    return database.sql.query(text, params);
  }

  transaction<Result>(work: (sql: SqlClient) => Promise<Result>): Promise<Result> {
    return database.sql.transaction(work);
  }
}

describe('LedgerWriter', () => {
  it('writes what is pending in batches, and leaves what came meanwhile to the next poke', async () => {
    openJournal(10_000);
    const sql = new BusySql();
    const writer = createWriter(sql);
    for (let n = 0; n < 2 * BATCH_ROWS + 1; n++) append();
    writer.poke(journal);
    while (journal.pendingCount >= BATCH_ROWS) await writer.runAlone(() => Promise.resolve());
    await writer.stop();
    expect(sql.statements).toBe(2);
    expect(journal.pendingCount).toBe(3);
  });

  it('says when the journal cannot be read, instead of trying in silence', async () => {
    openJournal(10);
    for (let n = 0; n < 30; n++) append();
    const writer = createWriter(database.sql);
    fs.rmSync(join(root, 'own', '00000001.log'));
    for (let attempt = 0; attempt < 10 && unreadable.length === 0; attempt++) {
      writer.poke(journal);
      await writer.runAlone(() => Promise.resolve());
    }
    await writer.stop();
    expect(unreadable).toHaveLength(1);
    expect(journal.pendingCount).toBe(20);
  });
});
