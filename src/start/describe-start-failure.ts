import { ConfigError } from '../config/load-config.js';
import type { LoadedConfig } from '../config/gateway-config.js';

type PortSettings = Pick<LoadedConfig, 'port' | 'adminPort' | 'host'>;
type SystemError = NodeJS.ErrnoException & { port?: number; address?: string };

/** Our own mistakes; where they happened helps whoever corrects them. */
const MISTAKES = new Set(['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError']);

/** Why the gateway did not start, for the person at the terminal. */
export function describeStartFailure(error: unknown, ports: PortSettings | null): string {
  if (error instanceof ConfigError) return error.message;
  if (!isError(error)) return `The gateway could not start: ${String(error)}`;
  if (MISTAKES.has(error.name)) return `The gateway could not start: ${error.stack ?? error.message}`;
  return (
    describeListenFailure(error, ports) ??
    `The gateway could not start: ${listMessages(error).join('\n  because: ')}`
  );
}

function describeListenFailure(error: SystemError, ports: PortSettings | null): string | null {
  if (ports === null || error.syscall !== 'listen') return null;
  const { port = 0 } = error;
  const variable = port === ports.adminPort ? 'ADMIN_PORT' : 'PORT';
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${ports.host} is in use by another program. Stop it, or set ${variable} to another one (0: any free one).`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Set ${variable} to 1024 or above.`;
    case 'EADDRNOTAVAIL':
      return `This machine has no address ${ports.host}. Set HOST to one that it has.`;
    default:
      return null;
  }
}

function listMessages(error: Error): string[] {
  const messages = [error.message || String((error as SystemError).code)];
  for (let { cause } = error; isError(cause); { cause } = cause) {
    if (!messages.at(-1)?.includes(cause.message)) messages.push(cause.message);
  }
  return messages;
}

/** Not by its class: errors of the runtime itself are of another one under a test runner. */
function isError(value: unknown): value is Error {
  return (
    typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string'
  );
}
