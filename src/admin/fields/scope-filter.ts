import { JsonContains, type FindOperator } from 'typeorm';
import { idField, nameFilter } from './common-fields.js';

/** Members of a scope in a query: rows whose scope has all of them, whatever else it has. */
export const scopeFilterFields = {
  keyId: idField.optional(),
  model: nameFilter.optional(),
  tag: nameFilter.optional(),
  user: nameFilter.optional(),
};

type ScopeMember = keyof typeof scopeFilterFields;
type ScopeFilter = Partial<Record<ScopeMember, string | undefined>>;

/** The query as conditions on columns. */
export function narrowToScope<Filter extends ScopeFilter>({
  keyId,
  model,
  tag,
  user,
  ...others
}: Filter): Omit<Filter, ScopeMember> & { scope?: FindOperator<never> } {
  const asked = Object.entries({ keyId, model, tag, user }).filter(([, value]) => value !== undefined);
  if (asked.length === 0) return others;
  return { ...others, scope: JsonContains(Object.fromEntries(asked)) as FindOperator<never> };
}
