import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';
import { maskKeys } from './mask-keys.js';

/** Where Nest tells each module and route that it made: one to two hundred lines at every start. */
const STARTUP_CONTEXTS = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's logger on pino: one JSON object a line, on stderr unless told otherwise, so that stdout stays free for what people read at first use. */
export class PinoLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string, destination: DestinationStream = pino.destination(2)) {
    this.pino = pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        // Callers put keys where they do not belong, and messages repeat what callers sent.
        hooks: { streamWrite: maskKeys },
        // An Error under any other name than `err` would be written as {}.
        serializers: { cause: pino.stdSerializers.err },
      },
      destination,
    );
  }

  log(message: unknown, context?: string): void {
    this.write(context !== undefined && STARTUP_CONTEXTS.has(context) ? 'debug' : 'info', message, context);
  }

  error(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const stack = rest.length > 1 ? rest[0] : undefined;
    this.write('error', message, typeof context === 'string' ? context : undefined, stack);
  }

  fatal(message: unknown, context?: string): void {
    this.write('fatal', message, context);
  }

  warn(message: unknown, context?: string): void {
    this.write('warn', message, context);
  }

  debug(message: unknown, context?: string): void {
    this.write('debug', message, context);
  }

  verbose(message: unknown, context?: string): void {
    this.write('trace', message, context);
  }

  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    context?: string,
    stack?: unknown,
  ): void {
    const about = { context, ...(stack === undefined ? {} : { stack }) };
    if (typeof message === 'object' && message !== null && !(message instanceof Error)) {
      this.pino[level]({ ...about, ...message });
    } else if (message instanceof Error) this.pino[level]({ ...about, err: message }, message.message);
    else this.pino[level](about, String(message));
  }
}
