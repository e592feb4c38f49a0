import { z } from 'zod';
import { DOCS_FILE_NAMES } from './docs-files.js';
import { json, type Operation } from './operation.js';

const TAG = 'Documentation';

/** The document describes itself, and its page. */
export const documentationOperations: Operation[] = [
  {
    id: 'readOpenApiDocument',
    tag: TAG,
    method: 'get',
    path: '/admin/openapi.json',
    summary: 'This document',
    isOpen: true,
    answers: [
      {
        status: 200,
        description: 'OpenAPI 3.1.',
        contents: [json(z.looseObject({ openapi: z.string() }), { openapi: '3.1.0' })],
      },
    ],
  },
  {
    id: 'readDocumentationPage',
    tag: TAG,
    method: 'get',
    path: '/admin/docs',
    summary: 'This document, to browse',
    isOpen: true,
    answers: [
      {
        status: 200,
        description: 'A page.',
        contents: [{ mediaType: 'text/html', schema: z.string(), example: '<!doctype html>' }],
      },
    ],
  },
  {
    id: 'readDocumentationFile',
    tag: TAG,
    method: 'get',
    path: '/admin/docs/{file}',
    summary: 'What the page loads',
    isOpen: true,
    params: { file: z.enum(DOCS_FILE_NAMES) },
    answers: [
      {
        status: 200,
        description: 'The file.',
        contents: [
          { mediaType: 'text/javascript', schema: z.string(), example: '' },
          { mediaType: 'text/css', schema: z.string(), example: '' },
        ],
      },
    ],
  },
];
