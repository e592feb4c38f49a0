/** What `/admin/docs` loads; nothing else of the package is served. */
export const DOCS_FILE_NAMES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js'] as const;

export type DocsFileName = (typeof DOCS_FILE_NAMES)[number];

export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>TokenPak Gateway: admin plane</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/admin/docs/swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="/admin/docs/swagger-ui-bundle.js"></script>
    <script src="/admin/docs/start.js"></script>
  </body>
</html>
`;

/** A script of its own, because the page's policy allows none inside it. No validator: that would be somebody else's server. */
export const DOCS_START_SCRIPT = `SwaggerUIBundle({
  url: '/admin/openapi.json',
  dom_id: '#page',
  validatorUrl: null,
  queryConfigEnabled: false,
});
`;

/** Everything from here, nothing inline; images of the style sheet are data URLs. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
