import { createId } from '../../common/ids.js';
import type { Actor } from './actor.js';

/**
 * Who the audit log says did what no administrator asked for over the network: the command line, the configuration file, or
 * the demo of a gateway without one. Whoever has the settings of the gateway may do everything.
 */
export type LocalActorId = 'cli' | 'file' | 'demo';

export function createLocalActor(id: LocalActorId): Actor {
  return {
    id,
    name: id,
    role: 'platform-admin',
    tenantId: null,
    ip: 'local',
    requestId: createId(),
    clientRequestId: null,
  };
}
