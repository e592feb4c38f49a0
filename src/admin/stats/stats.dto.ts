import { z } from 'zod';
import { idField } from '../fields/common-fields.js';

export const statsQuerySchema = z.strictObject({ tenantId: idField.optional() });
