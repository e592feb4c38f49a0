import type { FastifyRequest } from 'fastify';
import type { Actor } from './actor.js';

/** A request of the admin plane, after its guards. */
export interface AdminRequest extends FastifyRequest {
  actor: Actor;
  /** The parsed JSON body; null where the request has none. */
  json: unknown;
  /** The body as it came, on routes that take a document; null elsewhere. */
  text: string | null;
}
