import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clipText } from '../common/clip-text.js';
import type { Clock } from '../common/clock.port.js';
import { createId, type RequestId } from '../common/ids.js';
import { findErrorDialect } from '../errors/find-error-dialect.js';
import { GatewayError } from '../errors/gateway-error.js';
import { PipelineTrace } from '../support/tracing/trace-builder.js';
import { findDataPlaneRoute } from './data-plane-routes.js';
import { identifyRequest } from './identify-request.js';
import { readRoutedPath } from './read-routed-path.js';
import { RequestContext } from './request-context.js';
import type { RequestFinisher } from './request-finisher.js';
import type { ClientIpResolver } from './rate-limiter/client-ip.js';
import type { IpThrottleService } from './rate-limiter/ip-throttle.service.js';
import type { DrainState } from '../health/drain-state.js';

const MAX_CLIENT_REQUEST_ID = 128;

export interface RequestHookDependencies {
  clock: Clock;
  resolveIp: ClientIpResolver;
  finisher: RequestFinisher;
  ipThrottle: IpThrottleService;
  drain: DrainState;
}

/**
 * Makes the context of every data-plane request and registers the one `close` listener. `close` is the only event that
 * always comes: when the answer was sent, when the client left, when the upstream died. Other requests get an id alone.
 */
export function registerRequestHooks(fastify: FastifyInstance, dependencies: RequestHookDependencies): void {
  fastify.decorateRequest('pipeline', null);
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = readRoutedPath(request);
    const context = isDataPlane(path) ? openContext(request, reply, path, dependencies) : null;
    if (context === null) {
      identifyRequest(request, reply);
      // The data plane's answers say so themselves, with the headers that they write.
      if (dependencies.drain.isDraining) reply.raw.setHeader('connection', 'close');
    }
    // No guard runs where no route is; strangers who try paths are counted all the same.
    if (request.is404) dependencies.ipThrottle.count(request.raw, context);
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') done(createHostError());
    else done();
  });
}

/** RFC 9112, 3.2. Node.js would answer by itself, with neither a body nor a code. */
function createHostError(): GatewayError {
  return new GatewayError('invalid_request', { param: 'host', publicMessage: 'The host header is missing.' });
}

function isDataPlane(path: string): boolean {
  return path.startsWith('/v1/') || path.startsWith('/v1beta/');
}

function openContext(
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
  deps: RequestHookDependencies,
): RequestContext {
  const { clock, finisher } = deps;
  const { headers } = request;
  const id = createId<RequestId>();
  const startedAtMs = clock.nowMs();
  const startedMonotonicMs = clock.monotonicMs();
  const clientRequestId = headers['x-request-id'];
  const context = new RequestContext({
    id,
    request,
    reply,
    route: findDataPlaneRoute(request.routeOptions.url),
    errorDialect: findErrorDialect(path, headers['anthropic-version'] !== undefined),
    ip: deps.resolveIp(request.raw),
    clientRequestId:
      typeof clientRequestId === 'string' ? clipText(clientRequestId, MAX_CLIENT_REQUEST_ID) : null,
    startedAtMs,
    startedMonotonicMs,
    isDraining: deps.drain.isDraining,
    trace: new PipelineTrace({ id, clock, traceparent: headers.traceparent }),
  });
  (request as { pipeline?: RequestContext }).pipeline = context;
  reply.raw.once('close', () => finisher.finish(context));
  return context;
}
