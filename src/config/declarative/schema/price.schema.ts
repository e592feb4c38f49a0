import { z } from 'zod';
import type { DeclaredPrice } from '../declarative-config.js';
import { upstreamModelSchema } from './model.schema.js';
import { priceSchema } from './money.schema.js';
import { line } from './text.schema.js';

export const priceEntrySchema = z
  .strictObject({
    providerKind: z.enum(['openai', 'anthropic', 'simulated']),
    upstreamModel: upstreamModelSchema,
    effectiveFrom: z.iso.date('must be a day: 2026-01-31'),
    price: priceSchema,
    source: line(512).default('configuration file'),
  })
  .transform(({ price, ...entry }): DeclaredPrice => ({ ...price, ...entry }));
