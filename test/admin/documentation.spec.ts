import { buildOpenApiDocument } from '../../src/admin/openapi/build-document.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: configureSimulated() });
});

afterAll(() => gateway.stop());

const read = (path: string) => fetch(gateway.adminUrl + path);

it('serves the document without a token', async () => {
  const response = await read('/admin/openapi.json');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(buildOpenApiDocument())));
});

it('serves a page that may load its own files only, and has no script inside', async () => {
  const response = await read('/admin/docs');
  const page = await response.text();
  expect(response.headers.get('content-type')).toMatch(/^text\/html/);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toContain('unsafe');
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+=|<style|\sstyle=/);
  expect(page).not.toMatch(/https?:/);
});

it('serves every file that the page asks for, with its content type', async () => {
  const page = await (await read('/admin/docs')).text();
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  expect(files).toHaveLength(3);
  for (const file of files) {
    const response = await read(file);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-type')).toMatch(
      file.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
    );
    expect((await response.text()).length).toBeGreaterThan(100);
  }
});

it.each([
  'package.json',
  'index.html',
  '..%2f..%2fpackage.json',
  '%2e%2e',
  'swagger-ui.css%00',
  'constructor',
])('serves no other file (%s)', async (name) => {
  expect((await read(`/admin/docs/${name}`)).status).toBe(404);
});
