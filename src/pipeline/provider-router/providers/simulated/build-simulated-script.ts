import type { SimulatedFault } from './parse-simulated-model.js';
import { planSimulatedAnswer } from './plan-simulated-answer.js';
import type { SimulatedBehaviour, SimulatedModel } from './parse-simulated-model.js';
import { readSimulatedRequest, type SimulatedRequest } from './read-simulated-request.js';
import {
  generateFrames,
  renderSimulatedBody,
  renderSimulatedError,
  type SimulatedExchange,
} from './render-simulated-answer.js';

/** What the transport plays: a head after a while, chunks at a pace, and one of three ends. */
export interface SimulatedScript {
  status: number;
  headers: Record<string, string>;
  /** Infinity: never. */
  headDelayMs: number;
  /** Made while they are read. */
  chunks: Iterator<string, void>;
  /** 0: as fast as they are taken. */
  chunksPerSecond: number;
  end: 'end' | 'reset' | 'silence';
}

const MALFORMED_FRAME =
  'data: {"id":"chatcmpl-simulated","choices":[{"index":0,"delta":{"content":"broken"\n\n';

/** Pure: the same model, body and second give the same script. */
export function buildSimulatedScript(
  model: SimulatedModel,
  upstreamModel: string,
  body: Buffer,
  createdAtSeconds: number,
): SimulatedScript {
  if (!model.ok) return buildError(404, 'model_not_found', model.message, 'model', 0);
  const read = readSimulatedRequest(body);
  if (!read.ok) return buildError(400, null, read.message, read.param, 0);
  const plan = planSimulatedAnswer(read.request, model.behaviour);
  if (plan.fault?.type === 'status') return buildStatusFault(plan.fault, plan.latencyMs);
  const exchange: SimulatedExchange = {
    request: read.request,
    behaviour: model.behaviour,
    plan,
    model: upstreamModel,
    createdAtSeconds,
  };
  const script = read.request.streams ? buildStream(exchange) : buildWhole(exchange);
  return plan.fault === null ? script : applyFault(script, plan.fault, read.request);
}

function buildStream(exchange: SimulatedExchange): SimulatedScript {
  return {
    status: 200,
    headers: buildHeaders(
      exchange.plan.idSuffix,
      'text/event-stream; charset=utf-8',
      exchange.plan.latencyMs,
    ),
    headDelayMs: exchange.plan.latencyMs,
    chunks: generateFrames(exchange),
    chunksPerSecond: exchange.behaviour.tokensPerSecond,
    end: 'end',
  };
}

/** A provider sends the head of a whole answer when the answer is ready. */
function buildWhole(exchange: SimulatedExchange): SimulatedScript {
  const { text, tokens } = renderSimulatedBody(exchange);
  const { behaviour, plan } = exchange;
  const delayMs = plan.latencyMs + computeMakingMs(behaviour, tokens);
  return {
    status: 200,
    headers: buildHeaders(plan.idSuffix, 'application/json', delayMs),
    headDelayMs: delayMs,
    chunks: [text].values(),
    chunksPerSecond: 0,
    end: 'end',
  };
}

function computeMakingMs(behaviour: SimulatedBehaviour, tokens: number): number {
  return behaviour.tokensPerSecond === 0 ? 0 : (tokens * 1_000) / behaviour.tokensPerSecond;
}

function applyFault(
  script: SimulatedScript,
  fault: SimulatedFault,
  request: SimulatedRequest,
): SimulatedScript {
  if (fault.type === 'status') return script;
  if (fault.afterChunks === null) return { ...script, headDelayMs: Infinity };
  const end = fault.type === 'cut' ? 'reset' : fault.type === 'stall' ? 'silence' : 'end';
  if (!request.streams) return { ...script, chunks: takeHalf(script.chunks), end };
  const extra = fault.type === 'malformed' ? MALFORMED_FRAME : null;
  return { ...script, chunks: takeChunks(script.chunks, fault.afterChunks, extra), end };
}

function* takeChunks(
  chunks: Iterator<string, void>,
  count: number,
  extra: string | null,
): Generator<string, void> {
  for (let taken = 0; taken < count; taken += 1) {
    const step = chunks.next();
    if (step.done === true) break;
    yield step.value;
  }
  if (extra !== null) yield extra;
}

function* takeHalf(chunks: Iterator<string, void>): Generator<string, void> {
  const step = chunks.next();
  if (step.done !== true) yield step.value.slice(0, Math.ceil(step.value.length / 2));
}

function buildStatusFault(
  fault: Extract<SimulatedFault, { type: 'status' }>,
  latencyMs: number,
): SimulatedScript {
  const code = fault.status === 429 ? 'rate_limit_exceeded' : fault.status === 404 ? 'model_not_found' : null;
  const script = buildError(
    fault.status,
    code,
    `Simulated failure with status ${fault.status}.`,
    null,
    latencyMs,
  );
  if (fault.retryAfterSeconds !== null) script.headers['retry-after'] = String(fault.retryAfterSeconds);
  return script;
}

function buildError(
  status: number,
  code: string | null,
  message: string,
  param: string | null,
  latencyMs: number,
): SimulatedScript {
  return {
    status,
    headers: buildHeaders('error', 'application/json', latencyMs),
    headDelayMs: latencyMs,
    chunks: [renderSimulatedError(status, code, message, param)].values(),
    chunksPerSecond: 0,
    end: 'end',
  };
}

function buildHeaders(idSuffix: string, contentType: string, processingMs: number): Record<string, string> {
  return {
    'content-type': contentType,
    'x-request-id': `req_${idSuffix}`,
    'openai-processing-ms': String(Math.round(processingMs)),
    'openai-version': '2020-10-01',
  };
}
