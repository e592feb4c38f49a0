import { isJsonObject, type JsonObject, type JsonPath } from '../../common/json.js';

/** An item of a list in the file, with its place. `name` is null where it is missing or no text. */
export interface OutlinedItem {
  path: JsonPath;
  name: string | null;
  fields: JsonObject;
}

/** What one owner declares. */
export interface OutlinedSection {
  /** Empty for the platform. */
  path: JsonPath;
  providers: OutlinedItem[];
  models: OutlinedItem[];
  policies: OutlinedItem[];
  rateLimits: OutlinedItem[];
  budgets: OutlinedItem[];
  routingRules: OutlinedItem[];
  prices: OutlinedItem[];
  keys: OutlinedItem[];
}

export interface DocumentOutline {
  platform: OutlinedSection;
  tenants: { items: OutlinedItem[]; sections: OutlinedSection[] };
}

/**
 * The names in a document and where they stand, taken leniently: what is malformed is left out, because the schema tells of
 * it. So names are checked against each other also in a document with other faults.
 */
export function outlineDocument(document: unknown): DocumentOutline {
  const root = isJsonObject(document) ? document : {};
  const tenants = outlineList(root, 'tenants', []);
  return {
    platform: outlineSection(root, []),
    tenants: { items: tenants, sections: tenants.map(({ fields, path }) => outlineSection(fields, path)) },
  };
}

function outlineSection(fields: JsonObject, path: JsonPath): OutlinedSection {
  const items = (name: string) => outlineList(fields, name, path);
  return {
    path,
    providers: items('providers'),
    models: items('models'),
    policies: items('policies'),
    rateLimits: items('rateLimits'),
    budgets: items('budgets'),
    routingRules: items('routingRules'),
    prices: items('prices'),
    keys: items('keys'),
  };
}

export function outlineList(parent: JsonObject, name: string, path: JsonPath): OutlinedItem[] {
  const list = Object.hasOwn(parent, name) ? parent[name] : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => {
    if (!isJsonObject(item)) return [];
    const itemName = typeof item.name === 'string' ? item.name : null;
    return [{ path: [...path, name, index], name: itemName, fields: item }];
  });
}
