import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorDialect } from '../chat/dialect.js';
import type { NativeChatRequest } from '../chat/native-request.js';
import type { TokenUsage } from '../chat/usage.js';
import type { RequestId } from '../common/ids.js';
import type { ApiKeyConfig, ModelConfig, TenantConfig } from '../tenancy/config-snapshot.js';
import type { PipelineTrace } from '../support/tracing/trace-builder.js';
import type { DataPlaneRoute } from './data-plane-routes.js';
import type { AnswerOrigin } from './answer.js';
import { NO_CONTROLS, type RequestControls } from './request-controls.js';
import type { Flight } from './cache-manager/flight.js';
import type { EffectivePlan } from './effective-plan/effective-plan.js';
import type { Candidate } from './provider-router/upstream-execution.js';
import type { QuotaOutcome } from './rate-limiter/quota-outcome.js';
import type { ScannedBody } from './request-router/scan-json-body.js';
import type { Intent } from './request-router/intent.js';
import type { GateVerdict } from './validation-gate/apply-policy.js';
import type { GatewayError } from '../errors/gateway-error.js';

export type CacheOutcome = 'hit' | 'shared' | 'miss' | 'off';

/** The key that was accepted and its tenant. */
export interface KeyGrant {
  key: ApiKeyConfig;
  tenant: TenantConfig;
}

/** The request's body as it was sent and as it was understood. */
export interface ParsedBody {
  bytes: Buffer;
  scanned: ScannedBody;
  native: NativeChatRequest;
}

export interface RequestContextInit {
  id: RequestId;
  request: FastifyRequest;
  reply: FastifyReply;
  route: DataPlaneRoute;
  errorDialect: ErrorDialect;
  ip: string;
  clientRequestId: string | null;
  startedAtMs: number;
  startedMonotonicMs: number;
  /** The process is leaving: the connection closes after this answer. */
  isDraining: boolean;
  trace: PipelineTrace;
}

const NO_RULES: string[] = [];

/**
 * Everything one data-plane request is and becomes. Made by the onRequest hook; each stage fills its own members. All are
 * set here, so that every context has one hidden class.
 */
export class RequestContext {
  readonly id: RequestId;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly route: DataPlaneRoute;
  readonly errorDialect: ErrorDialect;
  readonly ip: string;
  readonly clientRequestId: string | null;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  readonly isDraining: boolean;
  readonly trace: PipelineTrace;

  /** ApiKeyGuard. */
  grant: KeyGrant | null = null;
  /** Tags of the key and of the request; the key's win. */
  tags: Record<string, string> = {};
  /** The key's user, else the one the request named. */
  user: string | null = null;

  /** RequestRouterGuard. */
  controls: RequestControls = NO_CONTROLS;
  body: ParsedBody | null = null;
  bodyWasRead = false;
  model: ModelConfig | null = null;
  /** The model's name as the client wrote it. */
  modelName = '';
  intent: Intent | null = null;
  plan: EffectivePlan | null = null;

  /** Policy rules that fired, request and response: `<policyId>/<detectorId>`. */
  firedRules: string[] = NO_RULES;

  /** RateLimitGuard. */
  quota: QuotaOutcome | null = null;
  /** A budget or token refusal; raised only when the cache has no answer. */
  keptRefusal: GatewayError | null = null;
  /** Sent upstream as the maximum when the client set none, because a hard budget has to know one. */
  enforcedMaxOutputTokens: number | null = null;
  /** Refused by a rate or concurrency limit: counted, but not a ledger row. */
  wasRateLimited = false;
  /** Bytes the shared cache returned in the limiter's round trip. */
  sharedCacheBytes: Buffer | null = null;

  /** Cache Manager. */
  cacheKey: string | null = null;
  cacheTtlSeconds = 0;
  /** False for a refresh, which replaces what is stored. */
  mayReadCache = false;
  cacheSkipReason: string | null = null;
  cacheOutcome: CacheOutcome = 'off';
  /** The shared upstream call this request waits for or leads; null when it calls alone. */
  flight: Flight | null = null;

  /** Provider Router. */
  origin: AnswerOrigin | null = null;
  /** Whom the client's leaving or the end of its time left at work, unless another answered after it. */
  givenUp: Candidate | null = null;
  /** The upstream call this request started itself. */
  upstreamRun: { abort(): void } | null = null;
  attempts = 0;
  /** Milliseconds spent waiting for upstreams, all attempts. */
  upstreamMs = 0;

  /** Metering. */
  usage: TokenUsage | null = null;
  /** Bytes of text the upstream produced so far; for estimates when it reports no usage. */
  outputBytes = 0;
  /** The upstream's answer was seen to its end: `usage` is final. */
  isMetered = false;
  /** The whole answer came, with its end and without an error inside: it may be kept. */
  isComplete = false;
  costNanoUsd: bigint | null = null;
  costEstimated = false;
  isSettled = false;
  /** While the tokens of a settled request are being counted. Never rejects. */
  settling: Promise<void> | null = null;

  /** Delivery. */
  status = 0;
  error: GatewayError | null = null;
  clientGone = false;
  /** When the answer's last byte was handed to the socket. */
  isDelivered = false;
  private readonly closeHandlers: (() => void)[] = [];
  private isClosed = false;

  constructor(init: RequestContextInit) {
    this.id = init.id;
    this.request = init.request;
    this.reply = init.reply;
    this.route = init.route;
    this.errorDialect = init.errorDialect;
    this.ip = init.ip;
    this.clientRequestId = init.clientRequestId;
    this.startedAtMs = init.startedAtMs;
    this.startedMonotonicMs = init.startedMonotonicMs;
    this.isDraining = init.isDraining;
    this.trace = init.trace;
  }

  /** Runs when the connection or the answer has ended, whichever way; at once when it has already. */
  onClose(handler: () => void): void {
    if (this.isClosed) handler();
    else this.closeHandlers.push(handler);
  }

  addFindings(verdict: GateVerdict): void {
    if (verdict.fired.length === 0) return;
    this.firedRules = [
      ...this.firedRules,
      ...verdict.fired.map((rule) => `${rule.policyId}/${rule.detectorId}`),
    ];
  }

  /** The provider's answer began, so that it has to be paid for whatever happens next. */
  get hasUpstreamAnswered(): boolean {
    return this.isMetered || this.outputBytes > 0;
  }

  /** Called by the one `close` listener of the response. */
  close(): void {
    this.isClosed = true;
    for (const handler of this.closeHandlers) handler();
    this.closeHandlers.length = 0;
  }

  /** @throws when the router has not parsed a body; a wiring fault. */
  getBody(): ParsedBody {
    if (this.body === null) throw new Error('The request body was not parsed yet');
    return this.body;
  }

  /** @throws when no plan was made; a wiring fault. */
  getPlan(): EffectivePlan {
    if (this.plan === null) throw new Error('The effective plan was not made yet');
    return this.plan;
  }

  /** @throws when the key was not accepted; a wiring fault. */
  getGrant(): KeyGrant {
    if (this.grant === null) throw new Error('The request was not authenticated');
    return this.grant;
  }
}

/** A Fastify request that the onRequest hook has prepared. */
export interface DataPlaneRequest extends FastifyRequest {
  pipeline: RequestContext;
}

/** Of the request that a guard or interceptor is called for. `switchToHttp` would make three functions each time. */
export function getRequestContext(context: Pick<ExecutionContext, 'getArgByIndex'>): RequestContext {
  return context.getArgByIndex<DataPlaneRequest>(0).pipeline;
}
