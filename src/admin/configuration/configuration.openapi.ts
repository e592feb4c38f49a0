import { z } from 'zod';
import { json, type Operation } from '../openapi/operation.js';
import { exportQuerySchema, importAnswerSchema, importQuerySchema } from './configuration.dto.js';

const documentSchema = z
  .record(z.string(), z.unknown())
  .meta({ id: 'ConfigurationDocument', description: 'As docs/configuration-file.md describes it.' });

const document = {
  providers: [{ name: 'main', kind: 'openai', baseUrl: 'https://api.openai.com/v1' }],
  models: [{ name: 'gpt-public', deployments: [{ provider: 'main', upstreamModel: 'gpt-4o' }] }],
};

const yaml = 'providers:\n- name: main\n  kind: openai\n  baseUrl: https://api.openai.com/v1\n';

/** The registered one, and those from before it was. */
const YAML_MEDIA_TYPES = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml'] as const;

const answer = {
  dryRun: true,
  prune: false,
  counts: { create: 1, update: 0, disable: 0, delete: 0, unchanged: 0 },
  changes: [{ action: 'create', kind: 'provider', name: 'providers/main', fields: [] }],
};

export const configurationOperations: Operation[] = [
  {
    id: 'exportConfiguration',
    tag: 'Configuration',
    method: 'get',
    path: '/admin/v1/export',
    summary:
      'The whole configuration as a document: keys as hashes, credentials sealed; for platform administrators, no viewers',
    query: exportQuerySchema,
    problems: [409],
    answers: [
      {
        status: 200,
        description: 'The document, YAML unless format=json.',
        contents: [
          { mediaType: 'application/yaml', schema: z.string(), example: yaml },
          json(documentSchema, document),
        ],
      },
    ],
  },
  {
    id: 'importConfiguration',
    tag: 'Configuration',
    method: 'post',
    path: '/admin/v1/import',
    summary: 'Bring the configuration to what a document says',
    query: importQuerySchema,
    body: json(documentSchema, document),
    otherBodies: YAML_MEDIA_TYPES.map((mediaType) => ({ mediaType, schema: z.string(), example: yaml })),
    problems: [409],
    answers: [
      {
        status: 200,
        description: 'What has changed, or with dryRun=true what would change.',
        contents: [json(importAnswerSchema.meta({ id: 'ImportPlan' }), answer)],
      },
    ],
  },
];
