import { type Answer, readAnswer, type TestGateway } from './gateway.ts';

/** Calls the admin plane with one token. */
export class AdminClient {
  constructor(
    private readonly gateway: Pick<TestGateway, 'adminUrl'>,
    private readonly token: string,
  ) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers);
  }

  /** With `If-Match: *` unless told otherwise. */
  patch(path: string, body: unknown, headers: Record<string, string> = { 'if-match': '*' }): Promise<Answer> {
    return this.send('PATCH', path, body, headers);
  }

  delete(path: string, headers: Record<string, string> = { 'if-match': '*' }): Promise<Answer> {
    return this.send('DELETE', path, undefined, headers);
  }

  /** A POST that must succeed; gives what was created. */
  async create(path: string, body: unknown): Promise<any> {
    const { status, json } = await this.post(path, body);
    if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(json)}`);
    return json;
  }

  async send(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${this.gateway.adminUrl}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return readAnswer(response);
  }
}
