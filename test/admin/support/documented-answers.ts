import { ADMIN_OPERATIONS } from '../../../src/admin/openapi/admin-operations.ts';
import { listProblems } from '../../../src/admin/openapi/list-problems.ts';
import type { Operation } from '../../../src/admin/openapi/operation.ts';
import { problemSchema } from '../../../src/admin/openapi/problem.schema.ts';

export function findOperation(id: string): Operation {
  const operation = ADMIN_OPERATIONS.find((candidate) => candidate.id === id);
  if (operation === undefined) throw new Error(`The document has no operation "${id}"`);
  return operation;
}

export interface ReceivedAnswer {
  status: number;
  contentType: string;
  text: string;
}

/** What of an answer the document does not say; empty where it says everything. */
export function findUndocumented(operation: Operation, answer: ReceivedAnswer): string[] {
  const described = operation.answers.find(({ status }) => status === answer.status);
  if (described === undefined) return findProblemFaults(operation, answer);
  if (described.contents.length === 0) return answer.text === '' ? [] : ['a body where there should be none'];
  const mediaType = answer.contentType.split(';', 1)[0];
  const content = described.contents.find((one) => (one.mediaType ?? 'application/json') === mediaType);
  if (content === undefined) return [`content type "${answer.contentType}"`];
  const body: unknown = mediaType === 'application/json' ? JSON.parse(answer.text) : answer.text;
  return listIssues(content.schema.safeParse(body));
}

function findProblemFaults(operation: Operation, { status, contentType, text }: ReceivedAnswer): string[] {
  if (!listProblems(operation).includes(status)) return [`status ${status}`];
  if (!contentType.startsWith('application/problem+json')) return [`content type "${contentType}"`];
  return listIssues(problemSchema.safeParse(JSON.parse(text)));
}

function listIssues(result: { success: boolean; error?: { message: string } }): string[] {
  return result.success ? [] : [result.error?.message ?? 'invalid'];
}
