import { ERROR_CATALOGUE, type ErrorCode } from './catalogue.js';

export interface FieldError {
  field: string;
  message: string;
}

export interface GatewayErrorOptions {
  /** Text for the caller; the catalogue's text when absent. Never a credential, a stack or another tenant's name. */
  publicMessage?: string;
  /** The offending field, as the caller wrote it: `messages[0].role`. */
  param?: string;
  /** All invalid fields at once, for the admin plane. */
  fieldErrors?: readonly FieldError[];
  /** For logs only. */
  context?: Record<string, unknown>;
  cause?: unknown;
  /** How long the caller should wait, milliseconds; becomes `retry-after`. */
  retryAfterMs?: number;
  /** Additional members for the error body, such as policy and rule id. */
  details?: Record<string, string | number | boolean | null>;
  /** Overrides the catalogue's status, only for upstream_rejected, which carries the upstream's. */
  status?: number;
  /** The upstream's own code or type, for upstream_rejected. */
  upstreamCode?: string;
  /** The upstream's body in the caller's dialect, to be sent unchanged. */
  rawBody?: Buffer;
}

/** The one error class. The exception filter alone turns it into a status and a body. */
export class GatewayError extends Error {
  readonly publicMessage: string;
  readonly param: string | null;
  readonly fieldErrors: readonly FieldError[];
  readonly context: Record<string, unknown>;
  readonly retryAfterMs: number | null;
  readonly details: Record<string, string | number | boolean | null> | null;
  readonly status: number;
  readonly upstreamCode: string | null;
  readonly rawBody: Buffer | null;

  constructor(
    readonly code: ErrorCode,
    options: GatewayErrorOptions = {},
  ) {
    const message = options.publicMessage ?? ERROR_CATALOGUE[code].message;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.publicMessage = message;
    this.param = options.param ?? null;
    this.fieldErrors = options.fieldErrors ?? [];
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.details = options.details ?? null;
    this.status = options.status ?? ERROR_CATALOGUE[code].status;
    this.upstreamCode = options.upstreamCode ?? null;
    this.rawBody = options.rawBody ?? null;
  }
}
