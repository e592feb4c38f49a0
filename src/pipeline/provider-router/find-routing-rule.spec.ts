import type { TenantId } from '../../common/ids.js';
import type { RoutingAction, RoutingRuleConfig } from '../../tenancy/config-snapshot.js';
import {
  chooseRouting,
  findRoutingRule,
  listForbiddenRules,
  type RoutedRequest,
} from './find-routing-rule.js';

const TENANT = 'acme' as TenantId;

const rule = (id: string, action: RoutingAction, owner: string = TENANT): RoutingRuleConfig =>
  ({ id, owner, name: id, priority: 0, conditions: {}, action }) as RoutingRuleConfig;
const request = (allowedModels: string[]): RoutedRequest => ({
  tenantId: TENANT,
  keyId: 'k',
  model: 'small',
  tags: {},
  user: null,
  taskClass: 'chat',
  sizeClass: 'small',
  modalities: ['text'],
  stream: false,
  allowedModels,
});

const toLarge = rule('large', { type: 'use-model', model: 'large' });
const toPlatformLarge = rule('platform', { type: 'use-model', model: 'large' }, 'platform');
const toProvider = rule('provider', { type: 'use-providers', providers: ['p'] });
const foreign = rule('foreign', { type: 'use-model', model: 'large' }, 'other');

describe('chooseRouting', () => {
  const onlyEu = rule('only-eu', { type: 'use-providers', providers: ['eu'] }, 'platform');
  const onlyEuForLarge = { ...onlyEu, conditions: { model: 'large' } };

  it("narrows what a tenant's rule chose to the providers of the platform's first rule", () => {
    expect(chooseRouting([toProvider, onlyEu], request([]))).toEqual({ rule: toProvider, narrowing: onlyEu });
    expect(chooseRouting([toLarge, onlyEuForLarge], request([]))).toEqual({
      rule: toLarge,
      narrowing: onlyEuForLarge,
    });
  });

  it('narrows nothing that the platform did not mean, nor its own choice', () => {
    expect(chooseRouting([toProvider, onlyEuForLarge], request([])).narrowing).toBeNull();
    expect(chooseRouting([toLarge, toPlatformLarge], request([])).narrowing).toBeNull();
    expect(chooseRouting([toPlatformLarge, onlyEu], request([])).narrowing).toBeNull();
    expect(chooseRouting([], request([]))).toEqual({ rule: null, narrowing: null });
  });
});

describe('findRoutingRule', () => {
  it('follows a rule to another model where the key may use it', () => {
    for (const allowed of [[], ['large'], ['small', 'lar*']]) {
      expect(findRoutingRule([toLarge], request(allowed))).toBe(toLarge);
      expect(listForbiddenRules([toLarge], request(allowed))).toEqual([]);
    }
  });

  it('passes over rules, also of the platform, to a model that the key may not use', () => {
    const rules = [foreign, toLarge, toPlatformLarge, toProvider];
    expect(findRoutingRule(rules, request(['small']))).toBe(toProvider);
    expect(findRoutingRule(rules.slice(0, 3), request(['small']))).toBeNull();
    expect(listForbiddenRules(rules, request(['small']))).toEqual([toLarge, toPlatformLarge]);
  });
});
