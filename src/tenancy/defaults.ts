import type { BreakerSettings, PolicyAction, Severity, UpstreamTimeouts } from './config-snapshot.js';

export const DEFAULT_BREAKER: BreakerSettings = {
  consecutiveFailures: 5,
  errorRatio: 0.5,
  minimumCalls: 20,
  windowSeconds: 30,
  slowCallMs: null,
  slowCallRatio: 0.8,
  openSeconds: 10,
  halfOpenSuccesses: 2,
};

export const DEFAULT_ACTIONS: Record<Severity, PolicyAction> = {
  low: 'allow',
  medium: 'flag',
  high: 'block',
  critical: 'block',
};

export const DEFAULT_MAX_OUTPUT_TOKENS = 4_096;

export const DEFAULT_TIMEOUTS: UpstreamTimeouts = {
  connectMs: 5_000,
  firstByteMs: 300_000,
  idleMs: 60_000,
  totalMs: 900_000,
};
