import type { parseArgs, ParseArgsOptionsConfig } from 'node:util';
import type { Terminal } from './terminal.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a command is given: its arguments, the gateway's settings, and where to write. */
export interface Invocation {
  values: ReturnType<typeof parseArgs>['values'];
  /** As many as `positionals` names. */
  positionals: readonly string[];
  env: Environment;
  terminal: Terminal;
}

export interface Command {
  /** One or two words: `admin create`. */
  name: string;
  summary: string;
  /** Behind the name: `--name NAME --role ROLE`. */
  usage: string;
  options: ParseArgsOptionsConfig;
  /** Names of arguments that must be given. */
  positionals: readonly string[];
  /** @returns the exit code. @throws with a reason that a person can act on. */
  run(invocation: Invocation): Promise<number>;
}

/** The command line is wrong; shown with the command's usage. */
export class UsageError extends Error {}

/** @throws UsageError when the option is missing. */
export function getText({ values }: Invocation, option: string): string {
  const value = values[option];
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new UsageError(`--${option} is missing`);
}

export function findText({ values }: Invocation, option: string): string | null {
  const value = values[option];
  return typeof value === 'string' ? value : null;
}
