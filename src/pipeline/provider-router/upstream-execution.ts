import type { Dialect } from '../../chat/dialect.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import type { AttemptTrace } from '../../support/tracing/pipeline-trace.js';
import type { DeploymentConfig, ProviderConfig } from '../../tenancy/config-snapshot.js';
import type { UpstreamErrorDescription } from '../format-adapter/dialect-adapter.port.js';
import type { StreamFault, StreamVerdict } from './stream-fault.js';
import type { UpstreamFailure } from './upstream-transport.port.js';

/** A deployment that may serve a request, with the provider that holds it. */
export interface Candidate {
  readonly deployment: DeploymentConfig;
  readonly provider: ProviderConfig;
}

/** One request as one candidate wants it: its path, dialect and model name differ. */
export interface PreparedRequest {
  /** Below the provider's base URL. */
  path: string;
  /** Lower-case names, already on the allow-list, with the provider's credential. */
  headers: Record<string, string>;
  body: Buffer;
}

/** What the failover loop needs to know about one request. */
export interface UpstreamExecution {
  /** In the order to try. Unhealthy ones may be among them: their breaker decides at the moment of the attempt. */
  readonly candidates: readonly Candidate[];
  readonly stream: boolean;
  /** Dialect of the caller; an upstream's refusal in the same dialect is passed on byte for byte. */
  readonly dialect: Dialect;
  /** Monotonic start of the request: attempts are traced relative to it. */
  readonly startedMonotonicMs: number;
  /** Upper bound of all attempts together, milliseconds from `execute`, where it is narrower than the process's; null: that one. */
  readonly timeoutMs: number | null;
  /** @throws GatewayError when this candidate cannot express the request; the next one is tried. */
  prepare(candidate: Candidate): PreparedRequest;
  /** Reads an error body of that dialect; `body` is parsed JSON, or text where it is none. */
  parseError(dialect: Dialect, body: unknown): UpstreamErrorDescription;
  /** Why a whole 2xx body is unusable, or null; what it throws is a reason too. Unusable fails over like a cut body. */
  inspectAnswer?(candidate: Candidate, body: Buffer): string | null;
  /**
   * What the chunks so far say against the stream, or null. `hasEnded`: its connection has ended in good order, which alone
   * does not make an answer complete; asked so at most once, before `onStreamEnd`.
   */
  inspectStream?(hasEnded: boolean): StreamFault | null;
}

export interface StreamHead {
  readonly candidate: Candidate;
  readonly status: number;
  /** Allowed response headers only. */
  readonly headers: Record<string, string>;
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Milliseconds since this attempt began. */
  readonly elapsedMs: number;
}

export interface UpstreamAnswer extends StreamHead {
  readonly body: Buffer;
}

/** What a deployment's breaker said: a `probe` is the one call that a half-open breaker lets through. */
export type BreakerDecision = 'admitted' | 'probe' | 'refused';

/**
 * Receives one execution: `onAnswer` alone; or `onStreamStart`, `onStreamData` at least once, then `onStreamEnd` or
 * `onStreamFailure`; or `onError` alone. `onBreakerDecision` comes at each candidate's turn, `onAttempt` as each attempt ends,
 * before the call that it leads to, and `onCallGivenUp` before that `onAttempt`. After `abort` only those two of the aborted
 * attempt are called, from inside `abort`.
 */
export interface ExecutionSink {
  onBreakerDecision(candidate: Candidate, decision: BreakerDecision): void;
  onAttempt(attempt: AttemptTrace): void;
  /** The client left or time ran out after the provider had been sent the request: it may bill what nobody will hear of. */
  onCallGivenUp(candidate: Candidate): void;
  onAnswer(answer: UpstreamAnswer): void;
  onStreamStart(head: StreamHead): void;
  onStreamData(chunk: Buffer): void;
  /** Null: a complete answer. Else its own bytes say why it is none, whichever way the connection ended after them. */
  onStreamEnd(verdict: StreamVerdict | null): void;
  onStreamFailure(failure: UpstreamFailure): void;
  onError(error: GatewayError): void;
}

export interface ExecutionHandle {
  /** The client left: cancels the upstream call, gives the permit back. */
  abort(): void;
  /** Stops reading the stream: chunks already parsed may still come, then the upstream is pushed back by TCP. */
  pause(): void;
  resume(): void;
}
