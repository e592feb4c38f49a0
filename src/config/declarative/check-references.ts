import { Breather } from '../../common/breather.js';
import { isJsonObject, type JsonPath } from '../../common/json.js';
import type { DeclarativeFault } from './declarative-fault.js';
import { outlineDocument, type OutlinedItem, type OutlinedSection, outlineList } from './outline-document.js';
import { checkSimulatedModel, checkSimulatedSettings } from './check-simulated.js';

/** Providers that a model may use: those of its owner, and the platform's where the owner has none of the name. */
type VisibleProviders = ReadonlyMap<string, OutlinedItem>;

/** Whether the names in a document are unique where they must be and lead to something. Works on faulty documents too. */
export async function checkReferences(document: unknown): Promise<DeclarativeFault[]> {
  const { platform, tenants } = outlineDocument(document);
  const faults = findDuplicates(tenants.items);
  const breather = new Breather();
  for (const section of [platform, ...tenants.sections]) {
    for (const fault of checkSection(section, platform)) faults.push(fault);
    if (breather.isDue()) await breather.pause();
  }
  return faults;
}

function checkSection(section: OutlinedSection, platform: OutlinedSection): DeclarativeFault[] {
  const { providers, models, policies, rateLimits, budgets, routingRules, prices, keys } = section;
  const visible = indexByName([...platform.providers, ...providers]);
  const keyNames = new Set(keys.map(({ name }) => name));
  return [
    ...[providers, models, policies, rateLimits, budgets, routingRules, keys].flatMap(findDuplicates),
    ...findDuplicatePrices(prices),
    ...providers.flatMap(checkSimulatedSettings),
    ...models.flatMap((model) =>
      checkDeployments(model, { visible, platform: indexByName(platform.providers) }),
    ),
    ...[policies, rateLimits, budgets].flat().flatMap((item) => checkKeyName(item, 'scope', keyNames)),
    ...routingRules.flatMap((rule) => checkKeyName(rule, 'conditions', keyNames)),
    ...routingRules.flatMap((rule) => checkRuleProviders(rule, visible)),
  ];
}

function findDuplicates(items: readonly OutlinedItem[]): DeclarativeFault[] {
  return findRepeated(items, ({ name }) => name).map(({ path }) => ({
    path: [...path, 'name'],
    message: 'another one here has this name',
  }));
}

function findDuplicatePrices(prices: readonly OutlinedItem[]): DeclarativeFault[] {
  const repeated = findRepeated(prices, ({ fields: { providerKind, upstreamModel, effectiveFrom } }) =>
    typeof upstreamModel === 'string' ? JSON.stringify([providerKind, upstreamModel, effectiveFrom]) : null,
  );
  return repeated.map(({ path }) => ({
    path,
    message: 'another price is for the same model from the same day on',
  }));
}

/** All but the first of those that have the same identity. */
function findRepeated(
  items: readonly OutlinedItem[],
  identify: (item: OutlinedItem) => string | null,
): OutlinedItem[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const identity = identify(item);
    if (identity === null) return false;
    if (seen.has(identity)) return true;
    seen.add(identity);
    return false;
  });
}

function indexByName(items: readonly OutlinedItem[]): VisibleProviders {
  return new Map(items.map((item) => [item.name ?? '', item]));
}

function checkDeployments(
  model: OutlinedItem,
  providers: { visible: VisibleProviders; platform: VisibleProviders },
): DeclarativeFault[] {
  return outlineList(model.fields, 'deployments', model.path).flatMap(({ fields, path }) => {
    if (typeof fields.provider !== 'string') return [];
    const visible = fields.providerOwner === 'platform' ? providers.platform : providers.visible;
    const provider = visible.get(fields.provider);
    if (provider === undefined) return [describeUnknownProvider([...path, 'provider'], visible)];
    if (fields.price != null && isOfTenant(model) && providers.platform.get(fields.provider) === provider) {
      return [{ path: [...path, 'price'], message: "only the platform prices the platform's providers" }];
    }
    return checkSimulatedModel(provider, fields.upstreamModel, [...path, 'upstreamModel']);
  });
}

function isOfTenant({ path }: OutlinedItem): boolean {
  return path[0] === 'tenants';
}

function describeUnknownProvider(path: JsonPath, visible: VisibleProviders): DeclarativeFault {
  return {
    path,
    message:
      visible.size === 0
        ? 'no provider is declared'
        : 'no provider of this name is declared for this owner or the platform',
  };
}

function checkRuleProviders({ fields, path }: OutlinedItem, visible: VisibleProviders): DeclarativeFault[] {
  const { action } = fields;
  if (!isJsonObject(action) || !Array.isArray(action.providers)) return [];
  return action.providers.flatMap((name, index) => {
    if (typeof name !== 'string' || visible.has(name)) return [];
    return [describeUnknownProvider([...path, 'action', 'providers', index], visible)];
  });
}

function checkKeyName(
  { fields, path }: OutlinedItem,
  member: 'scope' | 'conditions',
  keyNames: ReadonlySet<string | null>,
): DeclarativeFault[] {
  const scope = fields[member];
  if (!isJsonObject(scope) || typeof scope.key !== 'string') return [];
  if (keyNames.has(scope.key)) return [];
  return [{ path: [...path, member, 'key'], message: 'the tenant has no key of this name in this file' }];
}
