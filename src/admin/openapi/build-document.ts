import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import { ADMIN_OPERATIONS } from './admin-operations.js';
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
  for (const operation of ADMIN_OPERATIONS) registry.registerPath(toRouteConfig(operation));
  const tags = [...new Set(ADMIN_OPERATIONS.map(({ tag }) => tag))].map((name) => ({ name }));
  const document = new OpenApiGeneratorV31(registry.definitions);
  return document.generateDocument({ openapi: '3.1.0', info: INFO, servers: [{ url: '/' }], tags });
}
