import { stringify } from 'yaml';
import type { ExportedConfig } from '../../tenancy/export-declarative-config.js';

export type DocumentFormat = 'yaml' | 'json';

/**
 * The document in pieces, one for each item, so that rendering a large one leaves the event loop free in between. Lines of
 * YAML are never folded: a sealed credential stays one word.
 */
export function* renderDocument(document: ExportedConfig, format: DocumentFormat): Generator<string> {
  yield* format === 'yaml' ? renderYaml(document) : renderJson(document);
}

function* renderYaml(document: ExportedConfig): Generator<string> {
  const lists = Object.entries(document);
  if (lists.length === 0) yield '{}\n';
  for (const [name, items] of lists) {
    yield `${name}:\n`;
    for (const item of items) yield stringify([item], { lineWidth: 0, aliasDuplicateObjects: false });
  }
}

function* renderJson(document: ExportedConfig): Generator<string> {
  yield '{';
  for (const [position, [name, items]] of Object.entries(document).entries()) {
    yield `${position === 0 ? '' : ','}\n"${name}":[`;
    for (const [index, item] of items.entries()) yield `${index === 0 ? '' : ','}\n${JSON.stringify(item)}`;
    yield ']';
  }
  yield '\n}\n';
}
