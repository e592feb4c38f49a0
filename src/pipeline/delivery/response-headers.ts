import { renderUsd } from '../../common/money.js';
import type { RequestContext } from '../request-context.js';

/**
 * Flat name/value list for `writeHead`, which is the cheapest form Node takes. Everything the gateway says about a request
 * stands here, for answers and errors alike.
 */
export function buildResponseHeaders(context: RequestContext, nowMonotonicMs: number): string[] {
  const headers = [
    'x-request-id',
    chooseRequestId(context),
    'request-id',
    context.id,
    'x-tokenpak-trace-id',
    context.trace.traceId,
    'x-tokenpak-cache',
    context.cacheOutcome === 'shared' ? 'hit' : context.cacheOutcome,
  ];
  addOrigin(headers, context);
  headers.push('x-tokenpak-overhead-ms', computeOverheadMs(context, nowMonotonicMs).toFixed(2));
  if (context.quota !== null) headers.push(...context.quota.headers);
  return headers;
}

/** What a client may call its request and get back: printable, and no longer than what is stored of it. */
const ECHOED_ID = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** The client's own id of the request, so that it finds its answer in its own logs; ours where it sent none that is fit. */
function chooseRequestId(context: RequestContext): string {
  const header = context.request.headers['x-request-id'];
  return typeof header === 'string' && ECHOED_ID.test(header) ? header : context.id;
}

/** Time in the gateway without the wait for the upstream, milliseconds. */
function computeOverheadMs(context: RequestContext, nowMonotonicMs: number): number {
  return Math.max(0, nowMonotonicMs - context.startedMonotonicMs - context.upstreamMs);
}

/** Only for whole answers: a stream's cost is known after its headers have left. */
export function renderCostHeader(context: RequestContext): string {
  return context.costNanoUsd === null ? 'unknown' : renderUsd(context.costNanoUsd);
}

function addOrigin(headers: string[], context: RequestContext): void {
  const { origin } = context;
  if (context.attempts > 0) headers.push('x-tokenpak-attempts', String(context.attempts));
  if (origin === null) return;
  if (origin.provider !== null) headers.push('x-tokenpak-provider', encodeHeader(origin.provider.name));
  if (origin.deployment !== null)
    headers.push('x-tokenpak-model', encodeHeader(origin.deployment.upstreamModel));
  if (origin.droppedParams.length > 0) {
    headers.push('x-tokenpak-dropped-params', encodeHeader(origin.droppedParams.join(',')));
  }
  for (const name in origin.headers) {
    if (name !== 'content-type') headers.push(name, origin.headers[name] as string);
  }
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Names are free text of administrators and clients; a header takes only printable ASCII. */
function encodeHeader(value: string): string {
  return PLAIN.test(value) ? value : encodeURIComponent(value);
}
