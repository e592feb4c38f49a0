import { z } from 'zod';

export const statsQuerySchema = z.strictObject({ tenantId: z.uuid().optional() });
