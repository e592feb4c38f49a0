import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A process of the benchmark. Stopped by its own handle, never by name. */
export interface Child {
  pid: number;
  process: ChildProcess;
  /** What it wrote to stdout and stderr. */
  readLog: () => string;
  stop: () => Promise<void>;
}

export interface ChildOptions {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** A channel for messages to a Node child. */
  ipc: boolean;
}

const STOP_MS = 15_000;

const running = new Set<ChildProcess>();

// Whatever ends this process, nothing that it started is left behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export function startChild({ command, args, env, logFile, ipc }: ChildOptions): Child {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, {
    env,
    stdio: ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`Cannot start ${command}`);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return {
    pid: child.pid,
    process: child,
    readLog: () => readFileSync(logFile, 'utf8'),
    stop: () => stopChild(child),
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(force);
}

/** Starts one of the benchmark's own TypeScript processes and waits for its port. */
export async function startNodeChild(
  script: string,
  env: NodeJS.ProcessEnv,
  logFile: string,
): Promise<Child & { port: number }> {
  const child = startChild({
    command: process.execPath,
    args: [script],
    env: { ...process.env, ...env },
    logFile,
    ipc: true,
  });
  const message = await receiveMessage<{ port: number }>(child, 10_000);
  return { ...child, port: message.port };
}

/** The next message of a child. @throws when it exits first or stays silent. */
export function receiveMessage<Message>(child: Child, timeoutMs: number): Promise<Message> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      child.process.off('message', onMessage).off('exit', onExit);
      act();
    };
    const fail = (reason: string): void =>
      settle(() => reject(new Error(`${reason}\n${child.readLog().slice(-4_000)}`)));
    const onMessage = (message: unknown): void => settle(() => resolve(message as Message));
    const onExit = (): void => fail(`Process ${child.pid} ended.`);
    const timer = setTimeout(() => fail(`Process ${child.pid} did not answer.`), timeoutMs);
    child.process.on('message', onMessage).on('exit', onExit);
  });
}
