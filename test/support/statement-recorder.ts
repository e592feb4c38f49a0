import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:http';
import pg from 'pg';

type Query = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Texts of the SQL statements that requests cause, without their parameters, whatever sends them: the object mapper, plain
 * SQL, cursors. What runs in the background meanwhile (polls, batches of the ledger) is told apart by its asynchronous
 * context and left out. Works on one gateway of this process.
 */
export class StatementRecorder {
  private readonly context = new AsyncLocalStorage<string[] | null>();
  private readonly query = Reflect.get(pg.Client.prototype, 'query') as Query;
  private statements: string[] | null = null;
  /** What `record` gave last. */
  last: readonly string[] = [];

  constructor(private readonly server: Server) {
    server.prependListener('request', this.enter);
    const { context, query } = this;
    const recording: Query = function (...args) {
      context.getStore()?.push(readText(args[0]));
      return query.apply(this, args);
    };
    Reflect.set(pg.Client.prototype, 'query', recording);
  }

  /** What `run` gives, and the statements of all requests that arrive until it ends. */
  async record<Result>(run: () => Promise<Result>): Promise<{ result: Result; statements: string[] }> {
    const statements: string[] = [];
    this.statements = statements;
    this.last = statements;
    try {
      return { result: await run(), statements };
    } finally {
      this.statements = null;
    }
  }

  stop(): void {
    this.server.off('request', this.enter);
    Reflect.set(pg.Client.prototype, 'query', this.query);
  }

  private readonly enter = (): void => this.context.enterWith(this.statements);
}

/** A statement, or what carries one: pg takes texts, configurations and cursors. */
function readText(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { text, cursor } = statement as { text?: string; cursor?: { text: string } };
  return text ?? cursor?.text ?? '';
}
