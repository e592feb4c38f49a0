import { checkReferences } from './check-references.js';
import type { DeclarativeConfig } from './declarative-config.js';
import { type DeclarativeFault, type LocatedFault, locateFault } from './declarative-fault.js';
import { describeIssue } from './describe-issue.js';
import { findReusedKeys } from './find-reused-keys.js';
import { findUnusableContent } from './find-unusable-content.js';
import { parseYaml } from './parse-yaml.js';
import type { SecretSource } from './read-secret.js';
import { documentSchema } from './schema/document.schema.js';

export type DeclarativeResult =
  { ok: true; config: DeclarativeConfig } | { ok: false; faults: LocatedFault[] };

/**
 * From the text of the file to checked configuration, or everything that is wrong with it at once.
 *
 * 1. YAML or JSON, strictly (parse-yaml.ts); without that there are no fields to speak of.
 * 2. What no field may hold (find-unusable-content.ts).
 * 3. Every field by itself, references to secrets followed (schema/).
 * 4. Names against each other (check-references.ts), also when 3 found something.
 */
export async function parseDeclarativeConfig(text: string, source: SecretSource): Promise<DeclarativeResult> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml;
  const { value, findLine } = yaml.parsed;
  const checked = await checkDocument(value, source);
  return checked.ok
    ? checked
    : { ok: false, faults: checked.faults.map((fault) => locateFault(fault, findLine)) };
}

type Checked = { ok: true; config: DeclarativeConfig } | { ok: false; faults: DeclarativeFault[] };

async function checkDocument(document: unknown, source: SecretSource): Promise<Checked> {
  // An empty list in each section would disable what the file declared before; a truncated file must not.
  if (document === null) return { ok: false, faults: [{ path: [], message: 'the file is empty' }] };
  const unusable = findUnusableContent(document);
  if (unusable.length > 0) return { ok: false, faults: unusable };
  const parsed = await documentSchema(source).safeParseAsync(document);
  const faults = [...(parsed.error?.issues ?? []).flatMap(describeIssue), ...checkReferences(document)];
  if (parsed.success) faults.push(...findReusedKeys(parsed.data));
  return parsed.success && faults.length === 0 ? { ok: true, config: parsed.data } : { ok: false, faults };
}
