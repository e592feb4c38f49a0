import type { DeclaredScope } from '../../config/declarative/declarative-config.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { ModelNames } from './model-names.js';
import { isRetired, type PlanContext } from './plan-rows.js';

/**
 * Model names that lead nowhere: a budget for a model that does not exist would never count anything. They may be declared
 * in the file or made through the API; a pattern may match models that are still to come. What is imported through the API
 * is checked no more than what is made there (check-left-references.ts), so that every export can be imported.
 */
export function checkModelNames(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): string[] {
  if (context.managedBy === 'api') return [];
  const names = collectNames(sections, current, context);
  return sections.flatMap((owned) => {
    const isKnown = (name: string) => name.includes('*') || names.isVisible(owned.owner, name);
    // Where a rule sends everybody's requests must be there for everybody, as the admin API has it.
    const isOwn = (name: string) => names.hasOwn(owned.owner, name);
    return [...checkScopes(owned, isKnown), ...checkActions(owned, isOwn), ...checkKeys(owned, isKnown)];
  });
}

function checkScopes({ label, section }: OwnedSection, isKnown: (name: string) => boolean): string[] {
  const scoped: (readonly [place: string, scope: Pick<DeclaredScope, 'model'>])[] = [
    ...section.policies.map(({ name, scope }) => [`policies/${name}`, scope] as const),
    ...section.rateLimits.map(({ name, scope }, index) => [`rateLimits/${name ?? index}`, scope] as const),
    ...section.budgets.map(({ name, scope }, index) => [`budgets/${name ?? index}`, scope] as const),
    ...section.routingRules.map(({ name, conditions }) => [`routingRules/${name}`, conditions] as const),
  ];
  return scoped.flatMap(([place, { model }]) =>
    model === undefined || isKnown(model) ? [] : [`${label}${place}: there is no model ${model}`],
  );
}

function checkActions({ label, section }: OwnedSection, isKnown: (name: string) => boolean): string[] {
  return section.routingRules.flatMap(({ name, action }) =>
    action.type !== 'use-model' || isKnown(action.model)
      ? []
      : [`${label}routingRules/${name}: there is no model ${action.model}`],
  );
}

function checkKeys({ label, keys }: OwnedSection, isKnown: (name: string) => boolean): string[] {
  return keys.flatMap(({ name, allowedModels }) =>
    allowedModels
      .filter((model) => !isKnown(model))
      .map((model) => `${label}keys/${name}: there is no model ${model} that it could be allowed`),
  );
}

function collectNames(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): ModelNames {
  const stored = current.models.filter(({ enabled, managedBy }) => enabled && !isRetired(managedBy, context));
  const declared = sections.flatMap(({ owner, section }) =>
    section.models.map(({ name }) => ({ owner, name })),
  );
  return new ModelNames([...stored, ...declared]);
}
