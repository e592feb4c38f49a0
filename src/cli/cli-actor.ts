import type { Actor } from '../admin/access/actor.js';
import { createId } from '../common/ids.js';

/** Who the audit log says did it: whoever has the settings of the gateway may do everything. */
export function createCliActor(): Actor {
  return {
    id: 'cli',
    name: 'cli',
    role: 'platform-admin',
    tenantId: null,
    ip: 'local',
    requestId: createId(),
  };
}
