import { z } from 'zod';
import { ERROR_CATALOGUE, type ErrorCode } from '../../errors/catalogue.js';

const codes = Object.keys(ERROR_CATALOGUE) as [ErrorCode, ...ErrorCode[]];

/** RFC 9457, as `renderError` writes it. Some problems carry members of their own beside these. */
export const problemSchema = z
  .looseObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.enum(codes),
    requestId: z.string(),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `errors` names every invalid field at once.' });

const DESCRIPTIONS: Record<number, { code: ErrorCode; description: string }> = {
  400: {
    code: 'invalid_request',
    description: 'Some fields are invalid or unknown, or the JSON is malformed.',
  },
  401: { code: 'invalid_admin_token', description: 'The token is missing, wrong, expired or revoked.' },
  403: { code: 'access_denied', description: 'The role of this administrator does not allow it.' },
  404: { code: 'not_found', description: 'It does not exist, or belongs to another tenant.' },
  409: {
    code: 'conflict',
    description:
      'It exists already, is still used, is managed by the file, or is in a state that does not allow it.',
  },
  412: { code: 'precondition_failed', description: 'It has changed since it was read.' },
  413: {
    code: 'request_too_large',
    description:
      'The body is larger than 1 MiB, a configuration document than 64 MiB of JSON or 4 MiB of YAML.',
  },
  415: {
    code: 'unsupported_media_type',
    description: 'The body has none of the media types that the operation takes.',
  },
  422: { code: 'idempotency_key_reused', description: 'The idempotency key was used with another body.' },
  428: { code: 'precondition_required', description: 'If-Match is required.' },
  429: { code: 'rate_limit_exceeded', description: 'Too many requests or failed logins from this address.' },
  503: { code: 'database_unavailable', description: 'The database does not answer at the moment.' },
};

export const PROBLEM_STATUSES: readonly number[] = Object.keys(DESCRIPTIONS).map(Number);

/** Under which name the document's components hold the problem of a status. */
export const nameProblem = (status: number): string => `Problem${status}`;

/** @throws Error for a status that no problem of the admin plane has. */
export function describeProblem(status: number): {
  description: string;
  example: z.output<typeof problemSchema>;
} {
  const found = DESCRIPTIONS[status];
  if (found === undefined) throw new Error(`No problem has the status ${status}`);
  return { description: found.description, example: exampleOf(found.code) };
}

function exampleOf(code: ErrorCode): z.output<typeof problemSchema> {
  const { status, message } = ERROR_CATALOGUE[code];
  return {
    type: 'about:blank',
    title: message,
    status,
    code,
    requestId: '0197f3a0-7c1e-7000-8000-00000000c0de',
    ...(code === 'invalid_request' ? { errors: [{ field: 'name', message: 'Unknown field' }] } : {}),
  };
}
