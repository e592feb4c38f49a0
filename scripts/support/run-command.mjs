import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { ROOT } from './paths.mjs';

const FORWARDED_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Runs a program in the checkout with this process's streams and passes signals on to it.
 * @param options.ipc gives it a channel whose end tells it that this process is gone, also after SIGKILL.
 * @returns its exit code, 128 + the signal's number when a signal ended it.
 */
export async function runCommand(command, args, options = {}) {
  const { ipc = false, env = process.env, stdout = 'inherit', shell = false } = options;
  const stdio = ['inherit', stdout, 'inherit', ...(ipc ? ['ipc'] : [])];
  const child = spawn(command, args, { cwd: ROOT, stdio, env, shell });
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  try {
    const [code, signal] = await once(child, 'exit');
    return signal === null ? code : 128 + constants.signals[signal];
  } finally {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  }
}
