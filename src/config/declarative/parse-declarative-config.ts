import type { JsonPath } from '../../common/json.js';
import { checkReferences } from './check-references.js';
import type { DeclarativeConfig } from './declarative-config.js';
import { type DeclarativeFault, type LocatedFault, locateFault } from './declarative-fault.js';
import { describeIssue } from './describe-issue.js';
import { findReusedKeys } from './find-reused-keys.js';
import { findUnusableContent } from './find-unusable-content.js';
import { parseJson } from './parse-json.js';
import { parseYaml } from './parse-yaml.js';
import type { SecretSource } from './read-secret.js';
import { parseDocument } from './parse-document.js';

export type DeclarativeResult =
  { ok: true; config: DeclarativeConfig } | { ok: false; faults: LocatedFault[] };

/** A document that was parsed, whoever did it. */
export interface ParsedDocument {
  value: unknown;
  /** As in parse-yaml.ts. */
  findLines: (paths: JsonPath[]) => Promise<(number | null)[]>;
  close: () => Promise<void>;
}

export type DocumentParser = (
  text: string,
) => Promise<{ ok: true; parsed: ParsedDocument } | { ok: false; faults: LocatedFault[] }>;

const parseHere: DocumentParser = (text) => {
  const result = parseJson(text) ?? parseYaml(text);
  if (!result.ok) return Promise.resolve(result);
  const { value, findLines } = result.parsed;
  const parsed = {
    value,
    findLines: (paths: JsonPath[]) => Promise.resolve(findLines(paths)),
    close: () => Promise.resolve(),
  };
  return Promise.resolve({ ok: true, parsed });
};

/**
 * From the text of the file to checked configuration, or everything that is wrong with it at once.
 *
 * 1. JSON or YAML, strictly (parse-json.ts, parse-yaml.ts); without that there are no fields to speak of.
 * 2. What no field may hold (find-unusable-content.ts).
 * 3. Every field by itself, references to secrets followed (schema/).
 * 4. Names against each other (check-references.ts), also when 3 found something.
 *
 * Requests are served in between, however long the document is.
 *
 * @param parse for documents that come while requests are served: parse-off-thread.ts.
 */
export async function parseDeclarativeConfig(
  text: string,
  source: SecretSource,
  parse = parseHere,
): Promise<DeclarativeResult> {
  const document = await parse(text);
  if (!document.ok) return document;
  const { value, findLines, close } = document.parsed;
  try {
    const checked = await checkDocument(value, source);
    if (checked.ok) return checked;
    const lines = await findLines(checked.faults.map(({ path }) => path));
    const faults = checked.faults.map((fault, index) => locateFault(fault, lines[index] ?? null));
    return { ok: false, faults };
  } finally {
    await close();
  }
}

type Checked = { ok: true; config: DeclarativeConfig } | { ok: false; faults: DeclarativeFault[] };

async function checkDocument(document: unknown, source: SecretSource): Promise<Checked> {
  // An empty list in each section would disable what the file declared before; a truncated file must not.
  if (document === null) return { ok: false, faults: [{ path: [], message: 'the file is empty' }] };
  const unusable = await findUnusableContent(document);
  if (unusable.length > 0) return { ok: false, faults: unusable };
  const parsed = await parseDocument(source, document);
  const references = await checkReferences(document);
  if (!parsed.ok) return { ok: false, faults: [...parsed.issues.flatMap(describeIssue), ...references] };
  const faults = [...references, ...findReusedKeys(parsed.config)];
  return faults.length === 0 ? parsed : { ok: false, faults };
}
