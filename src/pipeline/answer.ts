import type { Dialect } from '../chat/dialect.js';
import type { DeploymentConfig, ProviderConfig } from '../tenancy/config-snapshot.js';
import type { GatewayError } from '../errors/gateway-error.js';
import type { WireBytes } from './wire-bytes.js';

/** Where an answer comes from. A cached answer remembers the dialect it was recorded in. */
export interface AnswerOrigin {
  /** Dialect of the bytes. */
  dialect: Dialect;
  /** Null for a cached answer, whose deployment may be gone. */
  provider: ProviderConfig | null;
  deployment: DeploymentConfig | null;
  /** Allowed response headers of the upstream. */
  headers: Record<string, string>;
  /** Client parameters that translation left out. */
  droppedParams: readonly string[];
}

/** Receives a stream's bytes. Exactly one of onEnd and onFailure ends it. */
export interface StreamSink {
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(error: GatewayError): void;
}

export interface StreamControl {
  pause(): void;
  resume(): void;
  /** The sink hears nothing more; the upstream call ends when nobody else listens. */
  abort(): void;
}

export interface WholeAnswer {
  kind: 'whole';
  origin: AnswerOrigin;
  body: WireBytes;
}

export interface StreamAnswer {
  kind: 'stream';
  origin: AnswerOrigin;
  /** Starts delivery. Called once per consumer; chunks that came before are delivered first. */
  subscribe(sink: StreamSink): StreamControl;
}

/** A provider's or the cache's answer in wire bytes, before it is rendered for the client. */
export type Answer = WholeAnswer | StreamAnswer;
