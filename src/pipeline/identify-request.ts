import type { FastifyReply, FastifyRequest } from 'fastify';
import { createId, isUuid } from '../common/ids.js';

/**
 * The id of a request outside the data plane: a UUIDv7, made when it is first asked for, the same in the answer's
 * `x-request-id`, its problem, the log and the audit log. The data plane's requests have theirs in their context.
 */
export function identifyRequest(request: FastifyRequest, reply: FastifyReply): string {
  // Fastify numbers requests per process; such a number names nothing after a restart, nor on another process.
  if (!isUuid(request.id)) {
    request.id = createId();
    void reply.header('x-request-id', request.id);
  }
  return request.id;
}
