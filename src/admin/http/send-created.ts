import type { FastifyReply } from 'fastify';
import { renderEtag } from './etag.js';
import type { CreatedResource } from './idempotency.service.js';

/** 201 with Location and ETag. A secret appears under `key`, and only here. */
export function sendCreated(
  reply: FastifyReply,
  created: CreatedResource,
  showsSecret: boolean,
): Record<string, unknown> {
  void reply.code(201).header('location', created.location).header('etag', renderEtag(created.revision));
  return showsSecret ? { ...created.response, key: created.secret } : created.response;
}
