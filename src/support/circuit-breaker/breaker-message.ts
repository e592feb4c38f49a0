import type { DeploymentId } from '../../common/ids.js';
import { isJsonObject } from '../../common/json.js';
import type { BreakerTransition } from './breaker.js';
import type { BreakerMessage } from './breaker-channel.port.js';

/** A message with the process that sent it, so that nobody hears itself. */
export interface SignedBreakerMessage extends BreakerMessage {
  sender: string;
}

export function renderBreakerMessage(message: SignedBreakerMessage): string {
  return JSON.stringify(message);
}

/** Null for anything that is not a well-formed message: Redis is shared and versions of the gateway may differ. */
export function parseBreakerMessage(text: string): SignedBreakerMessage | null {
  const value = parseJson(text);
  if (!isJsonObject(value) || typeof value.sender !== 'string' || typeof value.deploymentId !== 'string')
    return null;
  const transition = parseTransition(value.transition);
  if (transition === null) return null;
  return { sender: value.sender, deploymentId: value.deploymentId as DeploymentId, transition };
}

function parseTransition(value: unknown): BreakerTransition | null {
  if (!isJsonObject(value)) return null;
  const { type, sinceMs, untilMs, atMs, reason, reopens } = value;
  if (type === 'close') return isTime(atMs) ? { type, atMs } : null;
  if (type === 'cooldown') return isTime(untilMs) ? { type, untilMs } : null;
  if (type !== 'open' || !isTime(sinceMs) || !isTime(untilMs) || !isTime(reopens)) return null;
  return typeof reason === 'string' ? { type, sinceMs, untilMs, reason, reopens } : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // The caller treats null as malformed.
  }
}
