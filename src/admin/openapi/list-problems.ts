import type { Operation } from './operation.js';

/** Every status with which a route refuses: what follows from what it takes, and what is its own. Ascending. */
export function listProblems(operation: Operation): number[] {
  const {
    isOpen,
    isUncounted,
    query,
    body,
    needsIfMatch,
    takesIdempotencyKey,
    path,
    problems = [],
  } = operation;
  const statuses = new Set(problems);
  const add = (applies: boolean, ...added: number[]) => {
    if (applies) added.forEach((status) => statuses.add(status));
  };
  add(isUncounted !== true, 429);
  add(isOpen !== true, 401, 403, 503);
  add(query !== undefined, 400);
  add(body !== undefined, 400, 413, 415);
  // 400: a path that cannot be decoded.
  add(path.includes('{'), 400, 404);
  add(needsIfMatch === true, 409, 412, 428);
  add(takesIdempotencyKey === true, 400, 409, 422);
  return [...statuses].sort((left, right) => left - right);
}
