import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { settingsSchema } from '../../src/config/settings.schema.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const SETTINGS = Object.keys(settingsSchema.shape);
/** Node's own. */
const NODE_VARIABLES = ['NODE_ENV'];

interface Service {
  environment: Record<string, string>;
  volumes: string[];
  ports: string[];
  stop_grace_period: string;
  depends_on: Record<string, unknown>;
}

const compose = parse(read('docker-compose.yml')) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
/** One instruction a line, continued lines joined. */
const instructions = read('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line));
const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
const argumentsOf = (name: string, lines = instructions): string[] =>
  lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1).trim());

function readEnvironment(): Record<string, string> {
  const pairs = argumentsOf('ENV', lastStage).flatMap((text) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2) as [string, string]));
}

describe('docker-compose.yml', () => {
  const gateway = compose.services['gateway'] as Service;

  it('sets nothing but settings that exist, and enough of them to start', () => {
    const names = Object.keys(gateway.environment);
    expect(names.filter((name) => !SETTINGS.includes(name))).toEqual([]);
    const given = {
      ...gateway.environment,
      DATABASE_URL: gateway.environment['DATABASE_URL']?.replace(/\$\{[^}]+\}/, 'abc'),
      ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'),
      ADMIN_TOKEN: 'x'.repeat(32),
    };
    const config = loadConfig({ ...readEnvironment(), ...given });
    expect([config.databaseUrl, config.redisUrl]).toEqual([
      'postgres://tokenpak:abc@postgres:5432/tokenpak',
      'redis://redis:6379',
    ]);
  });

  it('waits longer for the end than the gateway takes', () => {
    const { drainDelaySeconds, shutdownGraceSeconds } = loadConfig({
      DATABASE_URL: 'postgres://x@y/z',
      ENCRYPTION_KEYS: Buffer.alloc(32).toString('base64'),
      ADMIN_TOKEN: 'x'.repeat(32),
    });
    const graceSeconds = Number(/^(\d+)s$/.exec(gateway.stop_grace_period)?.[1]);
    expect(graceSeconds).toBeGreaterThan(drainDelaySeconds + shutdownGraceSeconds);
  });

  it('names services, volumes and ports that are there', () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(gateway.depends_on)));
    const environment = readEnvironment();
    for (const [volume, target] of gateway.volumes.map((text) => text.split(':'))) {
      expect(Object.keys(compose.volumes)).toContain(volume);
      expect(target).toBe(environment['DATA_DIR']);
    }
    expect(gateway.ports.map((text) => text.split(':')[1])).toEqual([environment['PORT']]);
  });
});

describe('the Dockerfile', () => {
  it('sets nothing but settings that exist', () => {
    const unknown = Object.keys(readEnvironment()).filter(
      (name) => !SETTINGS.includes(name) && !NODE_VARIABLES.includes(name),
    );
    expect(unknown).toEqual([]);
  });

  it('copies what the checkout has and .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = argumentsOf('COPY')
      .filter((text) => !text.startsWith('--from'))
      .flatMap((text) => text.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
      expect(allowed).toContain(source);
    }
  });

  it('starts what the build wrote, and asks a route that the gateway has', () => {
    const command = JSON.parse(argumentsOf('CMD', lastStage).at(-1) ?? '') as string[];
    expect(existsSync(join(ROOT, command[1] ?? ''))).toBe(true);
    expect(argumentsOf('HEALTHCHECK').join()).toContain('/health/live');
  });

  it('has the documented commands, though nothing is installed or built in it', () => {
    const image = mkdtempSync(join(tmpdir(), 'tokenpak-test-image-'));
    try {
      copyFileSync(join(ROOT, 'package.json'), join(image, 'package.json'));
      mkdirSync(join(image, 'dist'));
      for (const part of ['node_modules', 'dist/src', 'dist/migrations'])
        symlinkSync(join(ROOT, part), join(image, part));
      const run = (line: string) =>
        spawnSync('/bin/sh', ['-c', line], {
          cwd: image,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'] },
        });
      const edits = argumentsOf('RUN', lastStage).filter((line) => line.startsWith('npm pkg set'));
      for (const line of edits) expect(run(line)).toMatchObject({ status: 0 });
      const help = run('npm run tokenpak -- --help');
      expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('rotate-encryption-key') });
      const { scripts } = JSON.parse(readFileSync(join(image, 'package.json'), 'utf8')) as {
        scripts: Record<string, string>;
      };
      expect(scripts['start']).toBe(
        (JSON.parse(argumentsOf('CMD', lastStage).at(-1) ?? '') as string[]).join(' '),
      );
    } finally {
      rmSync(image, { recursive: true, force: true });
    }
  });
});
