import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { renderDatabaseUrl } from '../../src/storage/database/embedded/cluster.ts';
import { readClusterRecord } from '../../src/storage/database/embedded/cluster-record.ts';
import { readPostmasterNote } from '../../src/storage/database/embedded/postmaster-process.ts';
import { stopPostmaster } from '../../src/storage/database/embedded/stop-postmaster.ts';
import { eventually } from './eventually.ts';

const ENTRY = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const READY_DEADLINE_MS = 60_000;

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The built gateway as a process of its own, as `npm start` runs it. It ends when this process does. */
export class GatewayProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [ENTRY], {
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', DRAIN_DELAY_SECONDS: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      cwd: '/',
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    // Not `close` of the child, which does not come after its channel was disconnected.
    const ends = [this.child.stdout, this.child.stderr].map((stream) => stream && once(stream, 'close'));
    this.exited = Promise.all([once(this.child, 'exit'), ...ends]).then(() => ({
      code: this.child.exitCode,
      signal: this.child.signalCode,
    }));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Its base URL, from its log. @throws with its output when it ends instead. */
  untilReady(): Promise<string> {
    return eventually(() => {
      const url = /"url":"([^"]+)"/.exec(this.stderr)?.[1];
      if (url !== undefined) return url;
      if (this.hasExited) throw new Error(`The gateway ended:\n${this.stderr}`);
      return null;
    }, READY_DEADLINE_MS);
  }

  send(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.send(signal);
    return this.exited;
  }
}

/** URL of the embedded database that runs for this DATA_DIR. */
export function findEmbeddedUrl(dataDir: string): { url: string; pid: number } {
  const record = readClusterRecord(dataDir);
  const note = record === null ? null : readPostmasterNote(join(record.directory, 'data'));
  if (record === null || note?.port == null) throw new Error('No embedded database runs there');
  return { url: renderDatabaseUrl(note.port, record.password), pid: note.pid };
}

/** For tests that kill gateways: ends the server that one left. */
export async function stopLeftPostmaster(dataDir: string): Promise<void> {
  const record = existsSync(dataDir) ? readClusterRecord(dataDir) : null;
  const data = record === null ? null : join(record.directory, 'data');
  const note = data === null ? null : readPostmasterNote(data);
  if (data !== null && note !== null) await stopPostmaster(data, note.pid);
}
