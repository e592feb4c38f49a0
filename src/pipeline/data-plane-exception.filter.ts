import { type ArgumentsHost, Catch, type ExceptionFilter, Inject, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CLOCK, type Clock } from '../common/clock.port.js';
import { ERROR_CATALOGUE } from '../errors/catalogue.js';
import { renderErrorHeaders } from '../errors/error-headers.js';
import type { GatewayError } from '../errors/gateway-error.js';
import { renderError } from '../errors/render-error.js';
import { toGatewayError } from '../errors/to-gateway-error.js';
import { buildResponseHeaders, renderCostHeader } from './delivery/response-headers.js';
import { identifyRequest } from './identify-request.js';
import type { RequestContext } from './request-context.js';
import { sendPlainError } from './send-plain-error.js';
import { SettlementService } from './settlement/settlement.service.js';

/** A body larger than this is not drained to keep a refused connection alive. */
const MAX_DRAINED_BYTES = 64 * 1024;

/**
 * The only place that turns an error into a status and a body, in the caller's dialect, and the only one that logs it:
 * once, at the catalogue's level. The request is booked before the answer leaves.
 */
@Catch()
export class GatewayExceptionFilter implements ExceptionFilter {
  private readonly logger = new Logger('errors');

  constructor(
    private readonly settlement: SettlementService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest & { pipeline?: RequestContext | null }>();
    const reply = http.getResponse<FastifyReply>();
    const error = toGatewayError(thrown);
    const context = request.pipeline ?? null;
    this.log(error, request, { context, requestId: context?.id ?? identifyRequest(request, reply) });
    if (context === null) sendPlainError(request, reply, error);
    else await this.answer(context, error);
  }

  private async answer(context: RequestContext, error: GatewayError): Promise<void> {
    const { raw } = context.reply;
    context.error = error;
    context.trace.failOpenStage(error.code);
    if (context.clientGone || raw.headersSent || raw.destroyed) {
      // Nobody listens; the close handler books the request.
      if (!raw.writableEnded) raw.destroy();
      return;
    }
    await this.settlement.settle(context, error.status, error);
    const body = renderBody(context, error);
    const headers = buildResponseHeaders(context, this.clock.monotonicMs());
    headers.push('content-type', body.contentType, 'content-length', String(body.bytes.length));
    for (const [name, value] of Object.entries(renderErrorHeaders(error))) headers.push(name, value);
    if (context.attempts > 0) headers.push('x-tokenpak-cost-usd', renderCostHeader(context));
    if (error.code !== 'request_timeout' && mustCloseConnection(context)) headers.push('connection', 'close');
    context.status = error.status;
    context.isDelivered = true;
    raw.writeHead(error.status, headers);
    raw.end(context.request.method === 'HEAD' ? undefined : body.bytes);
  }

  private log(
    error: GatewayError,
    request: FastifyRequest,
    { context, requestId }: { context: RequestContext | null; requestId: string },
  ): void {
    const { log } = ERROR_CATALOGUE[error.code];
    const entry = {
      msg: error.publicMessage,
      code: error.code,
      requestId,
      route: context?.route.name ?? request.routeOptions.url,
      ...error.context,
      ...(log === 'error' ? { cause: describeCause(error.cause) } : {}),
    };
    if (log === 'error') this.logger.error(entry);
    else if (log === 'warn') this.logger.warn(entry);
    else if (log === 'info') this.logger.log(entry);
    else this.logger.debug(entry);
  }
}

function renderBody(context: RequestContext, error: GatewayError): { contentType: string; bytes: Buffer } {
  if (error.rawBody !== null) return { contentType: 'application/json', bytes: error.rawBody };
  const { contentType, body } = renderError(error, context.errorDialect, context.id);
  return { contentType, bytes: Buffer.from(JSON.stringify(body)) };
}

/** A stranger's large body is neither read nor drained. */
function mustCloseConnection(context: RequestContext): boolean {
  if (context.isDraining) return true;
  if (context.bodyWasRead || context.request.raw.complete) return false;
  const { headers } = context.request;
  if (headers['transfer-encoding'] !== undefined) return true;
  return Number(headers['content-length'] ?? 0) > MAX_DRAINED_BYTES;
}

function describeCause(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  if (cause instanceof Error) return cause.stack ?? cause.message;
  return typeof cause === 'string' ? cause : `a thrown ${typeof cause}`;
}
