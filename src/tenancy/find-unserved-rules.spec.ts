import { findUnservedRules } from './find-unserved-rules.js';

const rows = {
  models: [
    { id: '1', owner: 'platform', name: 'gpt' },
    { id: '2', owner: 'platform', name: 'claude' },
    { id: '3', owner: 'acme', name: 'own' },
  ],
  deployments: [
    { modelId: '1', providerId: 'a' },
    { modelId: '1', providerId: 'b' },
    { modelId: '2', providerId: 'c' },
    { modelId: '3', providerId: 'd' },
  ],
  providers: [
    { id: 'a', owner: 'platform', name: 'openai' },
    { id: 'b', owner: 'platform', name: 'azure' },
    { id: 'c', owner: 'platform', name: 'anthropic' },
    { id: 'd', owner: 'acme', name: 'private' },
  ],
};

function isUnserved(owner: string, model: string | undefined, ...providers: string[]): boolean {
  const rule = { owner, conditions: { model }, action: { type: 'use-providers' as const, providers } };
  return findUnservedRules([rule], rows).length > 0;
}

it('finds rules none of whose models has a deployment on their providers', () => {
  expect(isUnserved('platform', 'gpt', 'anthropic')).toBe(true);
  expect(isUnserved('acme', 'own', 'openai', 'azure')).toBe(true);
  expect(isUnserved('acme', '*', 'nowhere')).toBe(true);
  // The platform's rules mean the platform's providers.
  expect(isUnserved('platform', '*', 'private')).toBe(true);
});

it('leaves those that one of their models satisfies', () => {
  expect(isUnserved('platform', 'gpt', 'anthropic', 'azure')).toBe(false);
  expect(isUnserved('platform', 'c*', 'anthropic')).toBe(false);
  expect(isUnserved('platform', '*', 'azure')).toBe(false);
  expect(isUnserved('acme', '*', 'private')).toBe(false);
});

it('asks only models that the rule can meet', () => {
  expect(isUnserved('other', 'own', 'openai')).toBe(false);
  expect(isUnserved('other', '*', 'private')).toBe(true);
});

it("asks a tenant's model instead of the platform's that it hides", () => {
  const models = [...rows.models, { id: '4', owner: 'acme', name: 'gpt' }];
  const deployments = [...rows.deployments, { modelId: '4', providerId: 'd' }];
  const rule = (owner: string) => ({
    owner,
    conditions: { model: 'gpt' },
    action: { type: 'use-providers' as const, providers: ['openai'] },
  });
  const [acme, other] = [rule('acme'), rule('other')];
  expect(findUnservedRules([acme, other], { ...rows, models, deployments })).toEqual([acme]);
});

it('leaves those for all models, those that match none, and those that lead to one', () => {
  expect(isUnserved('platform', undefined, 'nowhere')).toBe(false);
  expect(isUnserved('platform', 'gemini-*', 'openai')).toBe(false);
  const action = { type: 'use-model' as const, model: 'nobody' };
  expect(findUnservedRules([{ owner: 'platform', conditions: {}, action }], rows)).toEqual([]);
});
