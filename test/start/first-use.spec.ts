import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadFirstUse } from '../../src/config/first-use.ts';
import { isWellFormedKey } from '../../src/tenancy/key-format.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';

let directory: DataDirectory;

beforeEach(() => {
  directory = createDataDirectory();
  mkdirSync(directory.path);
});

afterEach(() => directory.remove());

const file = (): string => join(directory.path, 'first-use.json');

it('makes the secrets once and reads them afterwards', () => {
  const first = loadFirstUse(directory.path);
  expect(isWellFormedKey(first.adminToken, 'tpa_')).toBe(true);
  expect(isWellFormedKey(first.demoKey, 'tpk_')).toBe(true);
  expect(first.encryptionKey).toHaveLength(32);
  expect(loadFirstUse(directory.path)).toEqual(first);
});

it('makes other secrets for another DATA_DIR', () => {
  const other = createDataDirectory();
  mkdirSync(other.path);
  const [one, two] = [loadFirstUse(directory.path), loadFirstUse(other.path)];
  other.remove();
  expect(one.adminToken).not.toBe(two.adminToken);
  expect(one.demoKey).not.toBe(two.demoKey);
  expect(one.encryptionKey).not.toEqual(two.encryptionKey);
});

it('leaves one file that only its owner can read, whatever an interrupted start left', () => {
  writeFileSync(`${file()}.unfinished`, '{', { mode: 0o644 });
  loadFirstUse(directory.path);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory.path)).toEqual(['first-use.json']);
});

it.each([
  ['empty', ''],
  ['cut', '{"adminToken":"tpa_'],
  ['not an object', '[]'],
  ['without its demo key', '{"adminToken":"x","encryptionKey":"y"}'],
])('refuses a file that is %s, and leaves it as it is', (_kind, text) => {
  writeFileSync(file(), text);
  expect(() => loadFirstUse(directory.path)).toThrow(/first-use\.json is damaged/);
  expect(readFileSync(file(), 'utf8')).toBe(text);
});

it('refuses a key that was changed by hand, without repeating it', () => {
  const { demoKey } = loadFirstUse(directory.path);
  const changed = demoKey.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  writeFileSync(file(), readFileSync(file(), 'utf8').replace(demoKey, changed));
  const load = (): unknown => loadFirstUse(directory.path);
  expect(load).toThrow('is damaged');
  expect(load).not.toThrow(changed);
  expect(existsSync(file())).toBe(true);
});
