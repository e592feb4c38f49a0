import type { JsonObject } from '../../common/json.js';
import type { DetectorConfig, PolicyConfig } from '../../tenancy/config-snapshot.js';
import { collectTexts } from './collect-texts.js';
import { buildPolicy, CARD, EMAIL, SECRET } from './testing/policies.js';
import { ValidationGateService } from './validation-gate.service.js';

const gate = new ValidationGateService();
const CARD_TEXT = '4111 1111 1111 1111';
const EMAIL_TEXT = 'alice@example.com';

function evaluate(
  policies: readonly PolicyConfig[],
  body: JsonObject | string,
  direction: 'request' | 'response' = 'request',
) {
  const json = typeof body === 'string' ? { messages: [{ role: 'user', content: body }] } : body;
  return gate.evaluate(gate.compile(policies), direction, collectTexts(json));
}

const size = (maxCharacters: number): DetectorConfig => ({
  type: 'size',
  id: 'size',
  severity: 'low',
  maxCharacters,
});

describe('validation gate', () => {
  it('lets pass what no rule finds', () => {
    expect(evaluate([buildPolicy('p', 'block', [CARD, SECRET])], 'Hello')).toEqual({
      action: 'allow',
      riskClass: 'none',
      fired: [],
      blockedBy: null,
      redactions: [],
      sealed: [],
    });
  });

  it('takes the strongest action of all policies', () => {
    const policies = [
      buildPolicy('a', 'flag', [EMAIL]),
      buildPolicy('b', 'redact', [EMAIL]),
      buildPolicy('c', 'block', [CARD]),
    ];
    expect(evaluate(policies.slice(0, 1), EMAIL_TEXT).action).toBe('flag');
    expect(evaluate(policies.slice(0, 2), EMAIL_TEXT).action).toBe('redact');
    expect(evaluate(policies, `${EMAIL_TEXT} ${CARD_TEXT}`)).toMatchObject({
      action: 'block',
      riskClass: 'high',
      blockedBy: { policyId: 'c', detectorId: 'card' },
      redactions: [],
      sealed: [],
    });
  });

  it('acts by severity', () => {
    const actions = { low: 'allow', medium: 'flag', high: 'redact', critical: 'block' } as const;
    const policy = buildPolicy('p', 'allow', [EMAIL, CARD, SECRET], { actions });
    expect(evaluate([policy], EMAIL_TEXT)).toMatchObject({ action: 'flag', riskClass: 'medium' });
    expect(evaluate([policy], `${EMAIL_TEXT} ${CARD_TEXT}`)).toMatchObject({
      action: 'redact',
      riskClass: 'high',
    });
  });

  it('names the gravest rule that blocks', () => {
    const policies = [buildPolicy('a', 'block', [EMAIL, CARD])];
    expect(evaluate(policies, `${EMAIL_TEXT} ${CARD_TEXT}`).blockedBy).toEqual({
      policyId: 'a',
      detectorId: 'card',
    });
  });

  it('records what a policy in shadow would do, and does nothing', () => {
    const shadow = buildPolicy('s', 'block', [CARD], { mode: 'shadow' });
    expect(evaluate([shadow], `${CARD_TEXT}, ${CARD_TEXT}`)).toEqual({
      action: 'allow',
      riskClass: 'none',
      fired: [
        { policyId: 's', detectorId: 'card', severity: 'high', action: 'block', shadow: true, count: 2 },
      ],
      blockedBy: null,
      redactions: [],
      sealed: [],
    });
  });

  it('redacts only what an enforced rule redacts', () => {
    const policies = [
      buildPolicy('a', 'redact', [EMAIL]),
      buildPolicy('b', 'flag', [CARD]),
      buildPolicy('c', 'redact', [CARD], { mode: 'shadow' }),
    ];
    expect(evaluate(policies, `${EMAIL_TEXT} ${CARD_TEXT}`).redactions).toEqual([
      { path: ['messages', 0, 'content'], text: `[REDACTED:email] ${CARD_TEXT}`, isSealed: false },
    ]);
  });

  it('looks only at the direction of a policy', () => {
    const policies = [buildPolicy('p', 'block', [CARD], { direction: 'response' })];
    expect(evaluate(policies, CARD_TEXT, 'request').action).toBe('allow');
    expect(evaluate(policies, CARD_TEXT, 'response').action).toBe('block');
    const compiled = gate.compile(policies);
    expect(compiled).toMatchObject({
      hasRequestPolicy: false,
      hasResponsePolicy: true,
      enforcesResponses: true,
    });
    expect(gate.compile([buildPolicy('p', 'block', [CARD], { mode: 'shadow' })])).toMatchObject({
      hasRequestPolicy: true,
      hasResponsePolicy: true,
      enforcesResponses: false,
    });
  });

  it('counts the characters of all texts together, and blocks where a size cannot be redacted', () => {
    const body = {
      messages: [
        { content: 'abcd' },
        {
          content: [
            { type: 'text', text: 'ef' },
            { type: 'text', text: 'gh' },
          ],
        },
      ],
    };
    expect(evaluate([buildPolicy('p', 'flag', [size(8)])], body).action).toBe('allow');
    expect(evaluate([buildPolicy('p', 'flag', [size(7)])], body).action).toBe('flag');
    expect(evaluate([buildPolicy('p', 'redact', [size(7)])], body)).toMatchObject({
      action: 'block',
      blockedBy: { policyId: 'p', detectorId: 'size' },
    });
  });

  it('finds what is cut in two by the border of two parts', () => {
    const parts = ['4111 1111 ', '1111 1111'].map((text) => ({ type: 'text', text }));
    expect(evaluate([buildPolicy('p', 'block', [CARD])], { messages: [{ content: parts }] })).toMatchObject({
      action: 'block',
      fired: [{ count: 1 }],
    });
  });

  it('blocks what stands in a member name, where it cannot be redacted', () => {
    const body = { messages: [{ content: [{ type: 'tool_use', name: 'x', input: { [EMAIL_TEXT]: 1 } }] }] };
    expect(evaluate([buildPolicy('p', 'redact', [EMAIL])], body)).toMatchObject({
      action: 'block',
      redactions: [],
      sealed: [],
    });
  });

  it('takes a mark of an earlier redaction for no finding', () => {
    const keyword: DetectorConfig = { type: 'keyword', id: 'k', severity: 'low', keywords: ['email'] };
    expect(evaluate([buildPolicy('p', 'block', [keyword])], 'was [REDACTED:email] here').action).toBe(
      'allow',
    );
    expect(evaluate([buildPolicy('p', 'block', [keyword])], 'was [REDACTED:emails] here').action).toBe(
      'block',
    );
  });

  it('runs a detector once that several policies have', () => {
    const policies = [
      buildPolicy('a', 'flag', [EMAIL, CARD]),
      buildPolicy('b', 'block', [{ ...EMAIL, id: 'other', severity: 'low' }]),
    ];
    expect(gate.compile(policies).getPlan('request').detectors).toHaveLength(2);
    expect(
      evaluate(policies, EMAIL_TEXT).fired.map(({ policyId, detectorId }) => `${policyId}/${detectorId}`),
    ).toEqual(['a/email', 'b/other']);
  });

  it('compiles a detector again for no later snapshot', () => {
    const build = () =>
      buildPolicy('p', 'flag', [{ type: 'keyword', id: 'k', severity: 'low', keywords: ['a', 'b'] }]);
    const [first, second] = [gate.compile([build()]), gate.compile([build()])];
    expect(first.getPlan('request').detectors[0]).toBe(second.getPlan('request').detectors[0]);
  });

  it('compiles no policy whose pattern is broken, so that nothing passes unchecked', () => {
    const broken = buildPolicy('p', 'block', [{ type: 'regex', id: 'r', severity: 'low', pattern: '(' }]);
    expect(() => gate.compile([broken])).toThrow('missing closing');
  });
});
