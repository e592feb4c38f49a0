import { readFileSync } from 'node:fs';

const POLL_MS = 200;

/**
 * Ends this process as by SIGTERM once the npm that started it is gone. npm runs a script in a shell and passes SIGTERM to
 * that shell alone, which dies of it and tells nobody; a killed npm tells not even the shell.
 */
export function stopWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npm = findParentOfShell(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && findParentOfShell(parent) === npm) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS);
  timer.unref();
}

/** Null when the process is no `sh -c`, or the system does not tell. */
function findParentOfShell(pid) {
  if (process.platform !== 'linux') return null;
  try {
    const [, option] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (option !== '-c') return null;
    // The name in parentheses may hold anything; state and parent follow it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended.
    return null;
  }
}
