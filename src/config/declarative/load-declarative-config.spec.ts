import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { stringify } from 'yaml';
import { generateKey } from '../../tenancy/key-format.js';
import { describeTenant } from './declarative.spec-support.js';
import { DeclarativeConfigError } from './declarative-fault.js';
import { loadDeclarativeConfig } from './load-declarative-config.js';

type Environment = Record<string, string>;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tokenpak-declarative-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** A file with one provider and one key, whose secrets are given. */
function writeSecrets(apiKey: unknown, key: unknown): string {
  const providers = [{ name: 'main', kind: 'openai', apiKey }];
  return write('gateway.yaml', stringify({ ...describeTenant({ keys: [{ name: 'ci', key }] }), providers }));
}

async function loadFaults(path: string, env: Environment = {}): Promise<Record<string, string>> {
  const error = await loadDeclarativeConfig(path, env).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeclarativeConfigError)) throw new Error('It was loaded', { cause: error });
  return Object.fromEntries(error.faults.map((fault) => [fault.path, fault.message]));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('loadDeclarativeConfig', () => {
  it('takes secrets from the environment', async () => {
    const key = generateKey('tpk_');
    const path = writeSecrets({ env: 'PROVIDER_KEY' }, { env: 'CI_KEY' });
    const config = await loadDeclarativeConfig(path, { PROVIDER_KEY: ' sk-provider \n', CI_KEY: key });
    expect(config.providers[0]?.apiKey).toBe('sk-provider');
    expect(config.tenants[0]?.keys[0]).toMatchObject({ hash: sha256(key), prefix: key.slice(0, 12) });
  });

  it('takes secrets from files, relative to its own', async () => {
    const key = generateKey('tpk_');
    mkdirSync(join(directory, 'secrets'));
    write('secrets/provider', 'sk-provider\n');
    const path = writeSecrets({ file: 'secrets/provider' }, { file: write('ci', `${key}\r\n`) });
    const config = await loadDeclarativeConfig(path, {});
    expect(config.providers[0]?.apiKey).toBe('sk-provider');
    expect(config.tenants[0]?.keys[0]?.hash).toBe(sha256(key));
  });

  it('keeps of a key no more than hash and beginning', async () => {
    const key = generateKey('tpk_');
    const config = await loadDeclarativeConfig(writeSecrets(undefined, { env: 'CI_KEY' }), { CI_KEY: key });
    expect(JSON.stringify(config)).not.toContain(key.slice(12));
  });

  it('takes the hash of a key in either case, with the beginning if it is given', async () => {
    const hash = sha256('x');
    const path = writeSecrets(undefined, { sha256: hash.toUpperCase(), prefix: 'tpk_abcdEFGH' });
    const config = await loadDeclarativeConfig(path, {});
    expect(config.tenants[0]?.keys[0]).toMatchObject({ hash, prefix: 'tpk_abcdEFGH' });
  });

  it('refuses literal secrets and says how to write them', async () => {
    const faults = await loadFaults(writeSecrets('sk-literal', generateKey('tpk_')));
    expect(faults['providers[0].apiKey']).toContain('{ env: NAME } or { file: PATH }');
    expect(faults['tenants[0].keys[0].key']).toContain('{ sha256: HEX }');
  });

  it('names a variable that is not set', async () => {
    const faults = await loadFaults(writeSecrets({ env: 'OPENAI_API_KEY' }, { env: 'CI_KEY' }), {
      CI_KEY: '  ',
    });
    expect(faults).toEqual({
      'providers[0].apiKey': 'the environment variable OPENAI_API_KEY is not set',
      'tenants[0].keys[0].key': 'the environment variable CI_KEY is not set',
    });
  });

  it.each([
    ['a file that is not there', { file: 'nowhere' }, 'the file cannot be read (ENOENT)'],
    ['a directory', { file: '.' }, 'the file is not a regular file'],
    ['an empty file', { file: 'empty' }, 'the file is empty'],
    ['a file that is no text', { file: 'binary' }, 'the file is not UTF-8 text'],
    ['a large file', { file: 'large' }, 'the file is larger than 65536 bytes'],
    ['a pipe that nobody writes to', { file: 'pipe' }, 'the file is not a regular file'],
    ['two references', { env: 'A', file: 'b' }, 'must be { env: NAME } or { file: PATH }'],
    ['no name of a variable', { env: 'sk-123' }, 'env must be the name of an environment variable'],
    ['a member of every object', { env: 'constructor' }, 'the environment variable is not set'],
    ['a number', 5, 'must be { env: NAME } or { file: PATH }'],
    ['text with a line break', { env: 'TWO_LINES' }, 'refers to text that no HTTP header carries'],
  ])('refuses as a secret: %s', async (_, reference, message) => {
    write('empty', '\n');
    write('large', 'x'.repeat(70_000));
    writeFileSync(join(directory, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    const path = writeSecrets(reference, { sha256: sha256('x') });
    expect((await loadFaults(path, { TWO_LINES: 'sk-a\nsk-b' }))['providers[0].apiKey']).toContain(message);
  });

  it.each([
    ['a key with a typing mistake', { env: 'CI_KEY' }],
    ['a short hash', { sha256: 'abc' }],
    ['a hash with something else', { sha256: sha256('x'), env: 'CI_KEY' }],
    ['a prefix that gives away more', { sha256: sha256('x'), prefix: generateKey('tpk_') }],
  ])('refuses as a key: %s', async (_, key) => {
    const mistyped = `${generateKey('tpk_').slice(0, -1)}!`;
    expect(await loadFaults(writeSecrets(undefined, key), { CI_KEY: mistyped })).toHaveProperty([
      'tenants[0].keys[0].key',
    ]);
  });

  it('refuses a file that is not there, more than 4 MiB of YAML and more than 64 of anything', async () => {
    expect(await loadFaults(join(directory, 'none.yaml'))).toEqual({ '': 'cannot be read (ENOENT)' });
    const large = write('large.yaml', `# ${'x'.repeat(4 * 1_024 * 1_024)}`);
    expect((await loadFaults(large))['']).toContain('is larger than 4194304 bytes, which only JSON may be');
    const larger = write('larger.json', `{}${' '.repeat(64 * 1_024 * 1_024)}`);
    expect((await loadFaults(larger))['']).toContain('is larger than 67108864 bytes');
    const json = write('json.json', `{}${' '.repeat(5 * 1_024 * 1_024)}`);
    expect(await loadDeclarativeConfig(json, {})).toMatchObject({ tenants: [] });
  });

  it('says file, path and line of each fault, and how many there are', async () => {
    const path = write('gateway.yaml', 'tenants:\n  - name: a\n    colour: red\n  - nam: b\n');
    await expect(loadDeclarativeConfig(path, {})).rejects.toThrow(
      [
        `The configuration file ${path} has 3 faults:`,
        '  tenants[0].colour (line 3): is no field that is known here',
        '  tenants[1].name (line 4): Invalid input: expected string, received undefined',
        '  tenants[1].nam (line 4): is no field that is known here',
      ].join('\n'),
    );
  });

  it('lists a hundred faults and counts the others', async () => {
    const path = write('gateway.json', JSON.stringify({ tenants: Array.from({ length: 150 }, () => ({})) }));
    const error = await loadDeclarativeConfig(path, {}).catch((reason: unknown) => reason);
    const lines = (error as Error).message.split('\n');
    expect(lines).toHaveLength(102);
    expect(lines.at(-1)).toBe('  and 50 more');
  });

  it('loads the example', async () => {
    const env = {
      OPENAI_API_KEY: 'sk-openai',
      ANTHROPIC_API_KEY: 'sk-anthropic',
      ACME_APP_KEY: generateKey('tpk_'),
      ACME_CI_KEY: generateKey('tpk_'),
    };
    const config = await loadDeclarativeConfig(resolve('config/gateway.example.yaml'), env);
    const chat = config.models.find(({ name }) => name === 'chat');
    expect(chat?.deployments.map(({ provider, priority }) => [provider, priority])).toEqual([
      ['openai', 0],
      ['anthropic', 1],
    ]);
    expect(config.tenants[0]?.keys.map(({ name }) => name)).toEqual(['app', 'ci']);
    expect(config.tenants[0]?.budgets).toContainEqual(
      expect.objectContaining({ period: 'month', mode: 'hard', amountNanoUsd: 500_000_000_000n }),
    );
    expect(config.policies[0]?.detectors).toContainEqual(expect.objectContaining({ type: 'secret' }));
  });
});
