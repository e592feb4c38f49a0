import type { DeploymentId } from '../../common/ids.js';
import type { BreakerTransition } from './breaker.js';

/** One transition of one deployment as seen by one process. */
export interface BreakerMessage {
  deploymentId: DeploymentId;
  transition: BreakerTransition;
}

/**
 * Carries breaker transitions between processes, best effort and in the background: nothing here is awaited or throws, and
 * a lost message only means that a process finds out by itself.
 */
export interface BreakerChannel {
  /** Tells the other processes, and those that start before the transition has passed. */
  publish(message: BreakerMessage): void;
  /** Hands over every message of other processes from now on. Called once. */
  subscribe(handler: (message: BreakerMessage) => void): void;
  /** Asks for what is known about these deployments at present; answers come through the subscribed handler. */
  recall(deploymentIds: readonly DeploymentId[]): void;
  /** Called whenever messages may have been missed, such as after a reconnect. */
  onGap(handler: () => void): void;
  close(): Promise<void>;
}

export const BREAKER_CHANNEL = Symbol('BreakerChannel');
