import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { buildOpenApiDocument } from '../../src/admin/openapi/build-document.ts';

const USAGE = `
import type { components, operations, paths } from './client.js';

type Schemas = components['schemas'];

export const input: Schemas['ModelInput'] = {
  name: 'gpt-public',
  deployments: [{ providerId: '0197f3a0-7c1e-7000-8000-000000000003', upstreamModel: 'gpt-5' }],
};

export function describe(budget: Schemas['Budget']): string {
  const period: 'day' | 'week' | 'month' | 'total' = budget.period;
  return budget.amountUsd === undefined ? period : \`\${budget.amountUsd} USD a \${period}\`;
}

type Created = operations['createKey']['responses'][201]['content']['application/json'];
export const readSecret = ({ key }: Created): string | null => key;

type Refusal = operations['updateTenant']['responses'][412]['content']['application/problem+json'];
export const readFields = ({ errors }: Refusal): string[] => (errors ?? []).map(({ field }) => field);

type Query = NonNullable<paths['/admin/v1/traces']['get']['parameters']['query']>;
export const query: Query = { limit: 10, from: '2026-01-01T00:00:00Z' };

type Headers = operations['deleteTenant']['parameters']['header'];
export const headers: Headers = { 'If-Match': '"1"' };
`;

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: [],
  skipLibCheck: true,
};

const WRONG_USAGE = USAGE.replace("name: 'gpt-public',", "name: 'gpt-public', unknown: true,");

let program: ts.Program;

beforeAll(async () => {
  const document = JSON.stringify(buildOpenApiDocument());
  const client = astToString(await openapiTS(document, { defaultNonNullable: false }));
  program = createProgram(
    new Map([
      ['/types/client.ts', client],
      ['/types/usage.ts', USAGE],
      ['/types/wrong-usage.ts', WRONG_USAGE],
      ['/types/package.json', '{ "type": "module" }'],
    ]),
  );
}, 120_000);

/** A program of files that exist in memory only. */
function createProgram(files: ReadonlyMap<string, string>): ts.Program {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.directoryExists = (path) => path === '/types' || ts.sys.directoryExists(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.getSourceFile = (path, languageVersion) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, languageVersion)
      : ts.createSourceFile(path, text, languageVersion);
  };
  return ts.createProgram(['/types/usage.ts', '/types/wrong-usage.ts'], OPTIONS, host);
}

function listFaults(path: string): string[] {
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(path))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

it('makes a client whose types compile in strict mode', () => {
  expect(listFaults('/types/client.ts')).toEqual([]);
  expect(listFaults('/types/usage.ts')).toEqual([]);
}, 120_000);

it('makes types that refuse what the routes refuse', () => {
  expect(listFaults('/types/wrong-usage.ts').join('\n')).toContain("'unknown' does not exist");
}, 120_000);
