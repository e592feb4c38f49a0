import { parseArgs } from 'node:util';
import { GatewayError } from '../errors/gateway-error.js';
import { ALL_COMMANDS } from './all-commands.js';
import { type Command, type Environment, type Invocation, UsageError } from './command.js';
import type { Terminal } from './terminal.js';

const PROGRAM = 'npm run tokenpak --';
const USAGE_EXIT = 2;

/**
 * Runs one command line. Exit code 0: done; 1: it failed, or something is broken; 2: the command line is wrong.
 * Settings come from the same environment variables as the gateway's.
 */
export async function runCommandLine(
  args: readonly string[],
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const command = findCommand(args);
  if (command === null) return showOverview(args, terminal);
  try {
    const invocation = parseInvocation(command, args.slice(command.name.split(' ').length));
    if (invocation === null) {
      terminal.print(renderUsage(command));
      return 0;
    }
    return await command.run({ ...invocation, env, terminal });
  } catch (error) {
    terminal.notify(describeFailure(error));
    if (!isUsageFault(error)) return 1;
    terminal.notify(renderUsage(command));
    return USAGE_EXIT;
  }
}

function findCommand(args: readonly string[]): Command | null {
  return (
    ALL_COMMANDS.find(({ name }) => name.split(' ').every((word, index) => args[index] === word)) ?? null
  );
}

/** Null: help was asked for. @throws UsageError */
function parseInvocation(
  { options, positionals: names }: Command,
  args: readonly string[],
): Pick<Invocation, 'values' | 'positionals'> | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help === true) return null;
  if (positionals.length < names.length)
    throw new UsageError(`${names.slice(positionals.length).join(', ')} is missing`);
  if (positionals.length > names.length) throw new UsageError('There are too many arguments');
  return { values, positionals };
}

function showOverview(args: readonly string[], terminal: Terminal): number {
  const isAsked = args.length === 0 || args.includes('--help') || args.includes('-h') || args[0] === 'help';
  const write = isAsked ? terminal.print : terminal.notify;
  if (!isAsked) write(`There is no such command.\n`);
  write(`${PROGRAM} COMMAND [--help]\n`);
  for (const { name, usage, summary } of ALL_COMMANDS)
    write(`  ${`${name} ${usage}`.trim()}\n      ${summary}`);
  write(
    '\nSettings are the environment variables of the gateway; see docs/configuration.md and docs/cli.md.',
  );
  return isAsked ? 0 : USAGE_EXIT;
}

function renderUsage({ name, usage, summary }: Command): string {
  return `Usage: ${`${PROGRAM} ${name} ${usage}`.trim()}\n  ${summary}`;
}

function isUsageFault(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return error instanceof UsageError || (typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS'));
}

/** For the person at the terminal; no message of ours holds a secret. */
function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) {
    const fields = error.fieldErrors.map(({ field, message }) => `\n  ${field}: ${message}`);
    return error.publicMessage + fields.join('');
  }
  return error instanceof Error ? error.message : String(error);
}
