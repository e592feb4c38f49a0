import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../../common/json.js';

/** Members that do not change what the model answers. */
const IRRELEVANT_MEMBERS = new Set(['stream', 'stream_options', 'user', 'metadata', 'safety_identifier']);

/** More names than this are left to the engine: its sort allocates 4 kB, and this one is quadratic. */
const MAX_INSERTED_NAMES = 24;

export interface CacheKeyParts {
  /** Secret of this installation: a key cannot be computed, and so not probed, from outside. */
  secret: string;
  tenantId: string;
  /** What policies and deployments apply; another set may answer differently. */
  planFingerprint: string;
  route: string;
  anthropicBeta: string;
  /** Null where an answer of either form serves both: see dependsOnForm. */
  form: 'whole' | 'stream' | null;
  body: JsonObject;
}

/**
 * SHA-256, base64url, over the secret, the tenant, the form where it matters, and the canonical form of the whole body:
 * members sorted, unknown ones included, only those known not to matter left out.
 */
export function computeCacheKey(parts: CacheKeyParts): string {
  const head = JSON.stringify([
    parts.secret,
    parts.tenantId,
    parts.planFingerprint,
    parts.route,
    parts.anthropicBeta,
    parts.form,
  ]);
  return hash('sha256', head + renderCanonical(parts.body, IRRELEVANT_MEMBERS), 'base64url');
}

/**
 * A text that two values share only when they are equal: members sorted, no white space, strings led by their length, which
 * tells where they end without the cost of escaping them. Depth is bounded by the scanner that accepted the body.
 */
function renderCanonical(value: JsonValue, leftOut?: ReadonlySet<string>): string {
  if (typeof value === 'string') return renderText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    let text = '[';
    for (const item of value) text += `${renderCanonical(item)},`;
    return `${text}]`;
  }
  let text = '{';
  for (const name of sortNames(Object.keys(value))) {
    const member = value[name];
    if (member === undefined || leftOut?.has(name)) continue;
    text += `${renderText(name)}${renderCanonical(member)},`;
  }
  return `${text}}`;
}

/** Halves of surrogate pairs would all be hashed as one replacement character, so such a text is escaped instead. */
function renderText(text: string): string {
  return text.isWellFormed() ? `${text.length}:${text}` : JSON.stringify(text);
}

function sortNames(names: string[]): string[] {
  if (names.length > MAX_INSERTED_NAMES) return names.sort();
  for (let index = 1; index < names.length; index++) {
    const name = names[index] as string;
    let place = index;
    while (place > 0 && (names[place - 1] as string) > name) {
      names[place] = names[place - 1] as string;
      place--;
    }
    names[place] = name;
  }
  return names;
}
