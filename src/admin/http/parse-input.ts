import type { z } from 'zod';
import { type JsonPath, renderJsonPath } from '../../common/json.js';
import { findUnstorableTexts } from './find-unstorable-texts.js';
import { type FieldError, GatewayError } from '../../errors/gateway-error.js';

/**
 * Typed input from unknown, every fault at once.
 * @param known faults that were found before, to be told with the others.
 * @throws GatewayError('invalid_request') with all invalid fields; values are not repeated.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  known: readonly FieldError[] = [],
): z.output<Schema> {
  const result = schema.safeParse(input ?? {});
  const faults = listFaults(result, input);
  const others = known.filter(({ field }) => !faults.some((fault) => fault.field === field));
  if (result.success && faults.length + others.length === 0) return result.data;
  const fieldErrors = [...faults, ...others];
  throw createInputError(fieldErrors);
}

export function createInputError(fieldErrors: readonly FieldError[]): GatewayError {
  return new GatewayError('invalid_request', { publicMessage: 'Some fields are invalid.', fieldErrors });
}

/** What `parseInput` would refuse, to be told with what else is wrong. */
export function findFaults(schema: z.ZodType, input: unknown): FieldError[] {
  return listFaults(schema.safeParse(input ?? {}), input);
}

function listFaults({ error }: z.ZodSafeParseResult<unknown>, input: unknown): FieldError[] {
  const unstorable = findUnstorableTexts(input).map(describeUnstorable);
  return [...unstorable, ...(error?.issues.flatMap(describeIssue) ?? [])];
}

/** Members that the schema does not know, at every depth, whatever else is wrong. */
export function listUnknownFields(schema: z.ZodType, input: unknown): FieldError[] {
  const issues = schema.safeParse(input).error?.issues ?? [];
  return issues.filter(({ code }) => code === 'unrecognized_keys').flatMap(describeIssue);
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
