/** The stages of the pipeline, in the order they run. */
export const STAGES = [
  'ip-throttle',
  'authentication',
  'request-router',
  'format-adapter',
  'validation-gate',
  'token-counter',
  'rate-limiter',
  'cache-manager',
  'provider-router',
  'circuit-breaker',
  'upstream',
  'response-policy',
  'response-adapter',
  'ledger',
] as const;

export type Stage = (typeof STAGES)[number];

/** One stage that ran, or was skipped with the reason. Times in milliseconds from the request's start. */
export interface StageTrace {
  stage: Stage;
  outcome: 'ran' | 'skipped' | 'refused' | 'failed';
  startMs: number;
  durationMs: number;
  /** What was decided and by which inputs, or why it was skipped. Never text of the request. */
  detail: Record<string, unknown> | string | null;
}

export interface AttemptTrace {
  deploymentId: string;
  /** The provider's name in the configuration. */
  provider: string;
  /** `openai`, `anthropic`, ...: who its operator is to the rest of the world. */
  providerKind: string;
  upstreamModel: string;
  startMs: number;
  firstByteMs: number | null;
  durationMs: number;
  status: number | null;
  outcome: 'success' | 'failed' | 'aborted' | 'rejected';
  reason: string | null;
}

export interface PipelineTraceRecord {
  id: string;
  /** W3C trace id, 32 hex digits. */
  traceId: string;
  /** The client's header as it came; in the ring alone. */
  readonly traceparent?: string | null;
  clientRequestId: string | null;
  tenantId: string | null;
  keyId: string | null;
  route: string;
  model: string | null;
  provider: string | null;
  startedAtMs: number;
  durationMs: number;
  /** HTTP status; 499 when the client left first. */
  status: number;
  errorCode: string | null;
  /** Policy rules that fired: `<policyId>/<detectorId>`. */
  firedRules: string[];
  stages: StageTrace[];
  attempts: AttemptTrace[];
  /** Why it was kept in PostgreSQL: error, block, failover, sample; null while only in the ring. */
  sampledBy: string | null;
}

/** Keeps finished traces: the process's ring, and PostgreSQL for what the sampling rules choose. */
export interface TraceStore {
  record(trace: PipelineTraceRecord): void;
}
