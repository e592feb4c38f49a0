import type { Dialect } from '../chat/dialect.js';

/** What a data-plane route does; the name appears in traces and as metric label. */
export type DataPlaneRouteName =
  'chat-completions' | 'messages' | 'count-tokens' | 'models' | 'key' | 'unmatched';

export interface DataPlaneRoute {
  readonly name: DataPlaneRouteName;
  /** Dialect of the request body; null for routes without one. */
  readonly dialect: Dialect | null;
}

const UNMATCHED: DataPlaneRoute = { name: 'unmatched', dialect: null };

/** By Fastify's route pattern, so that a request finds its entry with one look-up. */
const ROUTES = new Map<string, DataPlaneRoute>([
  ['/v1/chat/completions', { name: 'chat-completions', dialect: 'openai-chat' }],
  ['/v1/messages', { name: 'messages', dialect: 'anthropic-messages' }],
  ['/v1/messages/count_tokens', { name: 'count-tokens', dialect: 'anthropic-messages' }],
  ['/v1/models', { name: 'models', dialect: null }],
  ['/v1/models/*', { name: 'models', dialect: null }],
  ['/v1/key', { name: 'key', dialect: null }],
]);

export function findDataPlaneRoute(pattern: string | undefined): DataPlaneRoute {
  return (pattern === undefined ? undefined : ROUTES.get(pattern)) ?? UNMATCHED;
}
