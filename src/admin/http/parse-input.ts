import type { z } from 'zod';
import { type JsonPath, renderJsonPath } from '../../common/json.js';
import { findUnstorableTexts } from './find-unstorable-texts.js';
import { type FieldError, GatewayError } from '../../errors/gateway-error.js';

/**
 * Typed input from unknown, every fault at once.
 * @throws GatewayError('invalid_request') with all invalid fields; values are not repeated.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const unstorable = findUnstorableTexts(input).map(describeUnstorable);
  const result = schema.safeParse(input ?? {});
  if (result.success && unstorable.length === 0) return result.data;
  const fieldErrors = [...unstorable, ...(result.error?.issues.flatMap(describeIssue) ?? [])];
  throw new GatewayError('invalid_request', { publicMessage: 'Some fields are invalid.', fieldErrors });
}

function describeUnstorable(path: JsonPath): FieldError {
  return { field: renderJsonPath(path), message: 'Must hold neither NUL nor lone surrogates' };
}

function describeIssue(issue: z.core.$ZodIssue): FieldError[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol') as JsonPath;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: renderJsonPath([...path, key]), message: 'Unknown field' }));
  }
  return [{ field: renderJsonPath(path), message: issue.message }];
}
