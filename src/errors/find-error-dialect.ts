import type { ErrorDialect } from '../chat/dialect.js';

/**
 * In which dialect errors of a path are written, also for paths that no route serves.
 * @param path URL path without query. @param hasAnthropicVersion the `anthropic-version` header was sent, which decides
 * for the routes that two dialects share (`/v1/models`).
 */
export function findErrorDialect(path: string, hasAnthropicVersion: boolean): ErrorDialect {
  if (path.startsWith('/v1/messages')) return 'anthropic';
  if (path.startsWith('/v1beta/')) return 'google';
  if (path.startsWith('/admin') || path === '/metrics') return 'problem';
  if (path.startsWith('/v1/models') && hasAnthropicVersion) return 'anthropic';
  return 'openai';
}
