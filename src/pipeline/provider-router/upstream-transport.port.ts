import type { Dialect } from '../../chat/dialect.js';
import type { DeploymentConfig, ProviderConfig, UpstreamTimeouts } from '../../tenancy/config-snapshot.js';

/** One HTTP exchange with a provider. Headers are lower-case name/value pairs, already on the allow-list. */
export interface UpstreamRequest {
  provider: ProviderConfig;
  deployment: DeploymentConfig;
  /** Path below the provider's base URL: `/chat/completions`, `/messages`. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  timeouts: UpstreamTimeouts;
}

export type UpstreamFailureKind =
  | 'connect'
  | 'timeout-connect'
  | 'timeout-first-byte'
  | 'timeout-idle'
  | 'timeout-total'
  | 'reset'
  | 'address-refused'
  | 'aborted';

/** The exchange broke before or inside the answer. HTTP error statuses are answers, not failures. */
export class UpstreamFailure extends Error {
  constructor(
    readonly kind: UpstreamFailureKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'UpstreamFailure';
  }
}

/**
 * Receives one exchange. `onHead` once, then `onData` any number of times, then exactly one of `onEnd` and `onFailure`;
 * `onFailure` may come first instead. Nothing is called after the call was aborted by its owner.
 */
export interface UpstreamListener {
  onHead(status: number, headers: Record<string, string>): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onFailure(failure: UpstreamFailure): void;
}

export interface UpstreamCall {
  /** The request was begun on a connection, so that the provider may work on it, whatever we do next. */
  readonly wasSent: boolean;
  pause(): void;
  resume(): void;
  /** Drops the connection; the listener hears nothing more. */
  abort(): void;
}

/** How bytes reach a kind of provider: over the network, or from the built-in simulation. */
export interface UpstreamTransport {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall;
  close(): Promise<void>;
}

/** What is fixed about a kind of provider. */
export interface ProviderProfile {
  dialect: Dialect;
  path: string;
  /** Credential and version headers for one provider row. */
  buildHeaders(provider: Pick<ProviderConfig, 'apiKey'>): Record<string, string>;
}
