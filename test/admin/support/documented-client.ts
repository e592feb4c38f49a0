import { isUuid } from '../../../src/common/ids.ts';
import type { Answer, TestGateway } from '../../support/gateway.ts';
import { findOperation, findUndocumented } from './documented-answers.ts';

interface Call {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls operations by their ids, and throws where an answer is not what the document says. */
export class DocumentedClient {
  constructor(private readonly gateway: TestGateway) {}

  async call(id: string, { params = {}, query = {}, body, headers = {} }: Call = {}): Promise<Answer> {
    const operation = findOperation(id);
    const path = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) => params[name] ?? name);
    const search = new URLSearchParams(query).toString();
    const response = await fetch(`${this.gateway.adminUrl}${path}${search === '' ? '' : `?${search}`}`, {
      method: operation.method.toUpperCase(),
      headers: {
        authorization: `Bearer ${this.gateway.adminToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    const faults = findUndocumented(operation, { status: response.status, contentType, text });
    if (!isUuid(response.headers.get('x-request-id') ?? '')) faults.push('no x-request-id');
    if (faults.length > 0)
      throw new Error(`${id} answered what is not documented: ${faults.join(', ')}\n${text}`);
    const json: unknown = /^application\/(?:problem\+)?json/.test(contentType) ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, json };
  }
}
