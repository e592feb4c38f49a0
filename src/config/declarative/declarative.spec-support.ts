import { stringify } from 'yaml';
import type { DeclarativeConfig } from './declarative-config.js';
import { parseDeclarativeConfig } from './parse-declarative-config.js';
import type { SecretSource } from './read-secret.js';

type Json = Record<string, unknown>;

export const NO_SECRETS: SecretSource = { env: {}, directory: '/nonexistent' };

/** A small sound document; members given replace its own. */
export function describeDocument(changes: Json = {}): Json {
  return {
    providers: [{ name: 'main', kind: 'openai', baseUrl: 'https://llm.example.com/v1' }],
    models: [{ name: 'chat', deployments: [{ provider: 'main', upstreamModel: 'gpt' }] }],
    ...changes,
  };
}

/** One tenant `acme`, whose members are given. */
export function describeTenant(tenant: Json): Json {
  return describeDocument({ tenants: [{ name: 'acme', ...tenant }] });
}

/** @throws the faults, when there are any. */
export async function parseOrThrow(document: unknown, source = NO_SECRETS): Promise<DeclarativeConfig> {
  const result = await parseDeclarativeConfig(toText(document), source);
  if (!result.ok) throw new Error(result.faults.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return result.config;
}

/** Message by path; of several at one path, all. */
export async function listFaults(document: unknown, source = NO_SECRETS): Promise<Record<string, string>> {
  const result = await parseDeclarativeConfig(toText(document), source);
  if (result.ok) return {};
  const byPath = Map.groupBy(result.faults, ({ path }) => path);
  return Object.fromEntries(
    [...byPath].map(([path, faults]) => [path, faults.map(({ message }) => message).join('; ')]),
  );
}

function toText(document: unknown): string {
  return typeof document === 'string' ? document : stringify(document);
}
