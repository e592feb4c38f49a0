import { z } from 'zod';
import type { DetectorConfig } from '../../tenancy/config-snapshot.js';
import { compileRegex } from './detectors/compile-regex.js';

const MAX_DETECTORS = 50;
const MAX_KEYWORDS = 1_000;
const MAX_KEYWORD_LENGTH = 200;
/** All keywords of one detector together: what its automaton can hold, and what its table may cost in memory. */
const MAX_KEYWORD_CHARACTERS = 10_000;
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const id = z
  .string()
  .regex(ID_PATTERN, 'Must be 1 to 64 letters, digits, ".", "_" or "-", a letter or digit first');
const severity = z.enum(['low', 'medium', 'high', 'critical']);

const keyword = z
  .string()
  .max(MAX_KEYWORD_LENGTH)
  .refine((text) => text.trim() !== '', 'Must not be blank');

const keywords = z
  .array(keyword)
  .min(1)
  .max(MAX_KEYWORDS)
  .refine(
    (list) => list.reduce((sum, text) => sum + text.length, 0) <= MAX_KEYWORD_CHARACTERS,
    `All keywords together may have ${MAX_KEYWORD_CHARACTERS} characters`,
  );

const keywordDetector = z.strictObject({
  type: z.literal('keyword'),
  id,
  severity,
  keywords,
  wholeWord: z.boolean().optional(),
});

const regexDetector = z
  .strictObject({
    type: z.literal('regex'),
    id,
    severity,
    pattern: z.string().min(1),
    caseInsensitive: z.boolean().optional(),
  })
  .superRefine(({ pattern, caseInsensitive }, context) => {
    const { problem } = compileRegex({ pattern, isCaseInsensitive: caseInsensitive ?? false });
    if (problem !== null) {
      context.addIssue({ code: 'custom', path: ['pattern'], message: `The pattern ${problem}` });
    }
  });

const sizeDetector = z.strictObject({
  type: z.literal('size'),
  id,
  severity,
  maxCharacters: z.int().min(1),
});

/**
 * One detector of a policy, as the declarative file and the admin API accept it. Patterns are compiled here: what is stored
 * can run. Under the action `redact` a size detector blocks, for there is nothing to cut out.
 */
export const detectorSchema = z.discriminatedUnion('type', [
  keywordDetector,
  regexDetector,
  z.strictObject({ type: z.literal('email'), id, severity }),
  z.strictObject({ type: z.literal('payment-card'), id, severity }),
  z.strictObject({ type: z.literal('secret'), id, severity }),
  sizeDetector,
]) satisfies z.ZodType<DetectorConfig>;

/** The detectors of one policy: at least one, ids unique. */
export const detectorsSchema = z
  .array(detectorSchema)
  .min(1)
  .max(MAX_DETECTORS)
  .superRefine((detectors, context) => {
    const seen = new Set<string>();
    detectors.forEach((detector, index) => {
      if (seen.has(detector.id)) {
        context.addIssue({ code: 'custom', path: [index, 'id'], message: 'Two detectors have this id' });
      }
      seen.add(detector.id);
    });
  });
