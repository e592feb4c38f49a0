import { z } from 'zod';
import { routingActionField } from '../../config/fields/routing-rule-fields.js';
import { ownerFilter } from '../fields/common-fields.js';
import { describeCollection, nameSchemas } from '../openapi/describe-collection.js';
import { EXAMPLE, EXAMPLE_OWNED } from '../openapi/example-values.js';
import { toPatchSchema } from '../resource/to-patch-schema.js';
import { json, type Operation } from '../openapi/operation.js';
import {
  explainSchema,
  ROUTING_RULE_SORTS,
  routingRuleFilterSchema,
  routingRuleInputSchema,
  routingRuleViewSchema,
} from './routing-rule.dto.js';

const TAG = 'Routing rules';
const PATH = '/admin/v1/routing-rules';

const schemas = nameSchemas('RoutingRule', {
  view: routingRuleViewSchema,
  input: routingRuleInputSchema.extend({ owner: ownerFilter.optional() }),
  patch: toPatchSchema(routingRuleInputSchema),
  filter: routingRuleFilterSchema,
  sorts: ROUTING_RULE_SORTS,
});

const collection = describeCollection({
  tag: TAG,
  path: PATH,
  name: 'RoutingRule',
  noun: 'routing rules',
  schemas,
  examples: {
    input: {
      name: 'code goes to the large model',
      priority: 10,
      conditions: { taskClass: 'code' },
      action: { type: 'use-model', model: 'gpt-public' },
    },
    patch: { priority: 20 },
    view: {
      ...EXAMPLE_OWNED,
      name: 'code goes to the large model',
      priority: 10,
      conditions: { taskClass: 'code' },
      action: { type: 'use-model', model: 'gpt-public' },
      enabled: true,
    },
  },
});

const ruleSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  priority: z.int(),
  action: routingActionField,
});

const explanationSchema = z
  .strictObject({
    rule: ruleSchema.nullable(),
    /** The platform's rule whose providers alone may be used, though the tenant's came first. */
    narrowedBy: ruleSchema.nullable(),
    /** Rules that match but are not followed: they lead to a model that the key may not use. */
    passedOver: z.array(ruleSchema.extend({ reason: z.literal('model-not-allowed') })),
    model: z.string(),
    strategy: z.string(),
    candidates: z.array(
      z.strictObject({
        deploymentId: z.uuid(),
        provider: z.string(),
        upstreamModel: z.string(),
        priority: z.int(),
        weight: z.int(),
        isHealthy: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'RoutingExplanation' });

const explain: Operation = {
  id: 'explainRouting',
  tag: TAG,
  method: 'post',
  path: `${PATH}/explain`,
  summary: 'Say where a request would go, and by which rule; changes nothing',
  body: json(explainSchema.meta({ id: 'RoutingQuestion' }), {
    tenantId: EXAMPLE.tenantId,
    model: 'gpt-public',
  }),
  problems: [404],
  answers: [
    {
      status: 200,
      description: 'The rule, and the deployments in the order they would be tried.',
      contents: [
        json(explanationSchema, {
          rule: null,
          narrowedBy: null,
          passedOver: [],
          model: 'gpt-public',
          strategy: 'priority',
          candidates: [
            {
              deploymentId: EXAMPLE.deploymentId,
              provider: 'openai',
              upstreamModel: 'gpt-5',
              priority: 0,
              weight: 1,
              isHealthy: true,
            },
          ],
        }),
      ],
    },
  ],
};

export const routingRuleOperations: Operation[] = [...collection, explain];
