import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../common/json.js';

/** Members that do not change what the model answers. */
const IRRELEVANT_MEMBERS = new Set(['stream', 'stream_options', 'user', 'metadata', 'safety_identifier']);

export interface CacheKeyParts {
  /** Secret of this installation: a key cannot be computed, and so not probed, from outside. */
  secret: string;
  tenantId: string;
  /** What policies and deployments apply; another set may answer differently. */
  planFingerprint: string;
  route: string;
  anthropicBeta: string;
  body: JsonObject;
}

/**
 * SHA-256, base64url, over the secret, the tenant and the canonical form of the whole body: members sorted, unknown ones
 * included, only those known not to matter left out.
 */
export function computeCacheKey(parts: CacheKeyParts): string {
  const head = JSON.stringify([
    parts.secret,
    parts.tenantId,
    parts.planFingerprint,
    parts.route,
    parts.anthropicBeta,
  ]);
  return hash('sha256', head + renderCanonical(parts.body, IRRELEVANT_MEMBERS), 'base64url');
}

/** JSON text with sorted members and no white space. Depth is bounded by the scanner that accepted the body. */
function renderCanonical(value: JsonValue, leftOut?: ReadonlySet<string>): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => renderCanonical(item)).join(',')}]`;
  let text = '{';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined || leftOut?.has(name)) continue;
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${renderCanonical(member)}`;
  }
  return `${text}}`;
}
