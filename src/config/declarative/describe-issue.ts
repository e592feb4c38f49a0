import type { z } from 'zod';
import type { JsonPath } from '../../common/json.js';
import type { DeclarativeFault } from './declarative-fault.js';

/** The schema's issues as faults: an unknown field each is one, and what a member name breaks is said at the member. */
export function describeIssue(issue: z.core.$ZodIssue): DeclarativeFault[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol') as JsonPath;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: 'is no field that is known here' }));
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message: `the name ${message}` }));
    default:
      return [{ path, message: issue.message }];
  }
}
