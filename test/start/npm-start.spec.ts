import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../src/storage/database/embedded/find-free-port.ts';
import { createDataDirectory, type DataDirectory } from '../support/data-directory.ts';
import { eventually } from '../support/eventually.ts';
import { stopLeftPostmaster } from '../support/gateway-process.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What `npm start` reads in a checkout that is built; installing and building is what every run of the tests does. */
const TREE = [
  '.npmrc',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts',
  'src',
  'migrations',
  'dist',
];
const READY_DEADLINE_MS = 60_000;

let directory: DataDirectory;
let tree: string;
let env: Record<string, string>;
let running: ChildProcess | null = null;

beforeAll(async () => {
  directory = createDataDirectory();
  tree = directory.path;
  mkdirSync(tree, { mode: 0o711 });
  for (const name of TREE) {
    cpSync(join(ROOT, name), join(tree, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  env = { PATH: process.env['PATH'] ?? '', HOME: tree, PORT: String(await findFreePort()) };
});

afterAll(async () => {
  if (running?.exitCode === null && running.signalCode === null) killAll(running);
  await stopLeftPostmaster(join(tree, '.data'));
  directory.remove();
});

/** npm, its shell, our script and the gateway are one process group. */
function killAll({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

/** `npm start` in the tree, until it has printed all that it prints. */
async function npmStart(): Promise<{ child: ChildProcess; stdout: string }> {
  const child = spawn('npm', ['start'], {
    cwd: tree,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`npm start ended:\n${stderr}`);
    return /-d '.*'\n/.test(stdout) || null;
  }, READY_DEADLINE_MS);
  return { child, stdout };
}

/** From `curl` on, as a person copies it. */
const findCommand = (stdout: string): string => stdout.slice(stdout.indexOf('curl ')).trim();

/** The printed command as it is, by a shell. */
function runPrinted(command: string): { status: string; body: any } {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `${command} -s -w '\\n%{http_code}'`], {
    encoding: 'utf8',
    cwd: tree,
  });
  const lines = stdout.trimEnd().split('\n');
  const status = lines.pop() ?? '';
  if (!lines.join('').startsWith('{')) throw new Error(`No answer: ${stdout} ${stderr}`);
  return { status, body: JSON.parse(lines.join('\n')) };
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;

(hasCurl ? it : it.skip)(
  'npm start, the printed curl, SIGKILL, npm start again: the same command works',
  async () => {
    const first = await npmStart();
    const command = findCommand(first.stdout);
    expect(command).toContain(`:${env['PORT']}/v1/chat/completions`);
    const answer = runPrinted(command);
    expect(answer).toMatchObject({
      status: '200',
      body: { model: 'simulated-1', choices: [{ message: { content: expect.stringMatching(/./) } }] },
    });
    const exited = once(first.child, 'exit');
    killAll(first.child);
    await exited;

    const second = await npmStart();
    expect(findCommand(second.stdout)).toBe(command);
    expect(runPrinted(command).status).toBe('200');
    // Where a fresh clone keeps it: in the checkout itself.
    expect(readFileSync(join(tree, '.data', 'first-use.json'), 'utf8')).toContain('tpk_');
    const ended = once(second.child, 'exit');
    second.child.kill('SIGTERM');
    await ended;
    running = null;
    // npm may be gone a moment before what it had started.
    await eventually(() => {
      try {
        runPrinted(command);
        return null;
      } catch (error) {
        return String(error).includes('No answer') || null;
      }
    });
  },
  120_000,
);
