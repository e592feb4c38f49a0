import { readdirSync, readFileSync } from 'node:fs';

/** `CLK_TCK`, which Linux fixes at 100 for user space on every architecture. */
const MICROS_PER_TICK = 10_000;

/** CPU of a process so far, all its threads, user and system, microseconds. */
export function readCpuMicros(pid: number): number {
  const [, , utime, stime] = readStat(pid);
  return (utime + stime) * MICROS_PER_TICK;
}

/** The same for a process, its living children and those it has waited for: a PostgreSQL server. */
export function readTreeCpuMicros(pid: number): number {
  const [, , utime, stime, cutime, cstime] = readStat(pid);
  let ticks = utime + stime + cutime + cstime;
  for (const child of listChildren(pid)) {
    const [, , childUser, childSystem] = readStat(child);
    ticks += childUser + childSystem;
  }
  return ticks * MICROS_PER_TICK;
}

export function readRssMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1_024;
}

type Stat = [pid: number, parent: number, utime: number, stime: number, cutime: number, cstime: number];

/** Fields 14 to 17 of proc(5) stat; the command in field 2 may contain blanks, so counting starts after its bracket. */
function readStat(pid: number): Stat {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const read = (field: number): number => Number(fields[field - 3]);
    return [pid, read(4), read(14), read(15), read(16), read(17)];
  } catch {
    // It ended between the listing and the reading; its parent has its time from then on.
    return [pid, 0, 0, 0, 0, 0];
  }
}

function listChildren(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name));
  return pids.map(Number).filter((pid) => readStat(pid)[1] === parent);
}
