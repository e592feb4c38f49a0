interface RouteDescription {
  /** Path as it is routed. */
  path: string;
  /** `gen_ai.operation.name`; null where no model is asked. */
  operation: string | null;
}

const ROUTES: Readonly<Record<string, RouteDescription>> = {
  'chat-completions': { path: '/v1/chat/completions', operation: 'chat' },
  messages: { path: '/v1/messages', operation: 'chat' },
  'count-tokens': { path: '/v1/messages/count_tokens', operation: null },
  responses: { path: '/v1/responses', operation: 'chat' },
  embeddings: { path: '/v1/embeddings', operation: 'embeddings' },
  models: { path: '/v1/models', operation: null },
  key: { path: '/v1/key', operation: null },
};

const UNKNOWN: Readonly<{ path: null; operation: null }> = { path: null, operation: null };

/** By the route's name in traces. */
export function describeRoute(name: string): RouteDescription | typeof UNKNOWN {
  return ROUTES[name] ?? UNKNOWN;
}
