import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivateFile } from '../../../common/private-file.js';

/** What PostgreSQL notes about its running server in `postmaster.pid`. */
export interface PostmasterNote {
  pid: number;
  /** Null while it starts. */
  port: number | null;
  isReady: boolean;
}

const PORT_LINE = 3;
const STATUS_LINE = 7;

export const locatePostmasterNote = (data: string): string => join(data, 'postmaster.pid');

/** Null when no server runs there, as far as PostgreSQL knows: a server that was killed leaves its note behind. */
export function readPostmasterNote(data: string): PostmasterNote | null {
  const lines = readPrivateFile(locatePostmasterNote(data))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[PORT_LINE]) || null, isReady: lines[STATUS_LINE]?.trim() === 'ready' };
}

/**
 * Program and arguments of a process, joined by spaces; empty when it is gone or has ended and nobody has collected it yet.
 * A process id alone proves nothing: after a reboot, or in another container, it is somebody else's.
 */
export function readCommandLine(pid: number): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '').replaceAll('\0', ' ');
    }
    return execFileSync('ps', ['-p', String(pid), '-o', 'args='], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    // No such process.
    return '';
  }
}

/** Whether the process is the PostgreSQL server of this data directory. */
export function isPostmasterOf(data: string, pid: number): boolean {
  return readCommandLine(pid).includes(`/postgres -D ${data} `);
}

/** Sends a signal to the server of this data directory and to nobody else. */
export function signalPostmaster(data: string, pid: number, signal: NodeJS.Signals): void {
  if (!isPostmasterOf(data, pid)) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
