import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { ADMIN_OPERATIONS } from './admin-operations.js';
import { describeProblem, nameProblem, PROBLEM_STATUSES, problemSchema } from './problem.schema.js';
import { REQUEST_ID_HEADER } from './request-id-header.js';
import { toRouteConfig } from './to-route-config.js';

const INFO = {
  title: 'TokenPak Gateway: admin plane',
  version: '1.0.0',
  description:
    'Everything an organisation manages. Lists are pages by keyset; changes need the ETag of what was read; errors are ' +
    'problems by RFC 9457, whose `code` stands in the catalogue of errors.',
};

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** The one OpenAPI document, from the schemas by which the routes check and render. */
export function buildOpenApiDocument(): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'adminToken', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token of an administrator (`tpa_...`), or of the OIDC issuer.',
  });
  registerProblems(registry);
  for (const operation of ADMIN_OPERATIONS) registry.registerPath(toRouteConfig(operation));
  const tags = [...new Set(ADMIN_OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name }));
  const document = new OpenApiGeneratorV31([
    { type: 'schema', schema: problemSchema },
    ...registry.definitions,
  ]);
  return document.generateDocument({ openapi: '3.1.0', info: INFO, servers: [{ url: '/' }], tags });
}

/** Once each: every operation refers to them. */
function registerProblems(registry: OpenAPIRegistry): void {
  const schema = { $ref: '#/components/schemas/Problem' };
  for (const status of PROBLEM_STATUSES) {
    const { description, example } = describeProblem(status);
    const content = { 'application/problem+json': { schema, example } };
    const headers = REQUEST_ID_HEADER;
    registry.registerComponent('responses', nameProblem(status), { description, content, headers });
  }
}
