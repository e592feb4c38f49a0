import type { FastifyRequest } from 'fastify';

/**
 * The pattern of the route that will answer, such as `/v1/models/*`; where none will, the path as it was sent. What a path
 * may do is decided by this, never by its spelling: the router also takes `/%61dmin` and `http://host/admin` for `/admin`.
 */
export function readRoutedPath(request: FastifyRequest): string {
  const pattern = request.is404 ? undefined : request.routeOptions.url;
  if (pattern !== undefined) return pattern;
  const query = request.url.indexOf('?');
  return query < 0 ? request.url : request.url.slice(0, query);
}
