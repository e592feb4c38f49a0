import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDirectory } from '../../src/storage/lock-data-directory.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';

let directory: DataDirectory;

beforeEach(() => {
  directory = createDataDirectory();
});

afterEach(() => directory.remove());

it('lets one gateway at a time use a DATA_DIR, and tells the other who does', async () => {
  const lock = await lockDataDirectory(directory.path);
  await expect(lockDataDirectory(directory.path, 0)).rejects.toThrow(
    `Another gateway (process ${process.pid}) uses DATA_DIR ${lock.path}`,
  );
  lock.unlock();
  (await lockDataDirectory(directory.path, 0)).unlock();
});

it('waits for a gateway that is just ending', async () => {
  const lock = await lockDataDirectory(directory.path);
  const waiting = lockDataDirectory(directory.path, 10_000);
  lock.unlock();
  (await waiting).unlock();
});

it('makes the folder so that others can pass through it but not list it', async () => {
  const lock = await lockDataDirectory(directory.path);
  lock.unlock();
  expect(statSync(directory.path).mode & 0o777).toBe(0o711);
});

it('names the setting when the folder cannot be made', async () => {
  (await lockDataDirectory(directory.path)).unlock();
  const path = join(directory.path, 'file', 'below');
  writeFileSync(join(directory.path, 'file'), '');
  await expect(lockDataDirectory(path)).rejects.toThrow(`DATA_DIR ${path} cannot be used: ENOTDIR`);
});
