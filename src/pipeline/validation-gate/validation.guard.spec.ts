import type { ExecutionContext } from '@nestjs/common';
import type { Dialect } from '../../chat/dialect.js';
import { ManualClock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { renderError } from '../../errors/render-error.js';
import type { PolicyConfig } from '../../tenancy/config-snapshot.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import { scanJsonBody } from '../request-router/scan-json-body.js';
import { createCheckedRequest } from './testing/checked-request.js';
import { buildPolicy, CARD, EMAIL } from './testing/policies.js';
import { ValidationGateService } from './validation-gate.service.js';
import { ValidationGuard } from './validation.guard.js';

const gate = new ValidationGateService();
const formatAdapter = new FormatAdapterService(new ManualClock());
const guard = new ValidationGuard(gate, formatAdapter);

function check(
  body: string,
  policies: readonly PolicyConfig[],
  dialect: Dialect = 'openai-chat',
): RequestContext {
  const context = createCheckedRequest(gate, policies);
  const bytes = Buffer.from(body);
  const scanned = scanJsonBody(bytes);
  context.body = { bytes, scanned, native: formatAdapter.adaptToNative(dialect, scanned.json) };
  const host = { getArgByIndex: () => ({ pipeline: context }) };
  expect(guard.canActivate(host as unknown as ExecutionContext)).toBe(true);
  return context;
}

const findStage = (context: RequestContext) =>
  context.trace.stages.find(({ stage }) => stage === 'validation-gate');
const ask = (text: string) => JSON.stringify({ model: 'm', messages: [{ role: 'user', content: text }] });

describe('validation guard', () => {
  it('passes a request that no policy is about, and says so', () => {
    const context = check(ask('4111111111111111'), [
      buildPolicy('p', 'block', [CARD], { direction: 'response' }),
    ]);
    expect(findStage(context)).toMatchObject({ outcome: 'skipped', detail: 'no request policy applies' });
  });

  it('passes a flagged request unchanged and notes the rule', () => {
    const body = ask('4111111111111111');
    const context = check(body, [buildPolicy('p', 'flag', [CARD])]);
    expect(context.getBody().bytes.toString()).toBe(body);
    expect(context.firedRules).toEqual(['p/card']);
    expect(findStage(context)).toMatchObject({ outcome: 'ran', detail: 'flag' });
  });

  it('refuses with policy and rule, and without the text', () => {
    const body = ask('my card is 4111 1111 1111 1111');
    let error: unknown = null;
    try {
      check(body, [buildPolicy('p', 'block', [CARD])]);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(GatewayError);
    const refusal = error as GatewayError;
    expect(refusal).toMatchObject({
      code: 'policy_violation',
      details: { policy_id: 'p', rule_id: 'card', direction: 'request' },
    });
    const everything = JSON.stringify([
      renderError(refusal, 'openai', 'id'),
      refusal.context,
      refusal.message,
    ]);
    expect(everything).not.toContain('4111');
  });

  it('changes the redacted strings and not a byte beside them', () => {
    const body = (text: string, card: string) =>
      `{ "model" : "m",\t"temperature": 1.0e-0,\n "messages": [ {"role":"user","content": ${text}, "x": "\\u00e9\\/"} ],` +
      ` "metadata": {"note": ${card}} }`;
    const context = check(body('"To alice@example.com \\u00e9"', '"4111111111111111"'), [
      buildPolicy('p', 'redact', [EMAIL, CARD]),
    ]);
    const redacted = body('"To [REDACTED:email] é"', '"[REDACTED:payment-card]"');
    expect(context.getBody().bytes.toString()).toBe(redacted);
    expect(context.getBody().scanned).toEqual(scanJsonBody(Buffer.from(redacted)));
    expect(context.getBody().native.messages[0]?.parts).toMatchObject([{ text: 'To [REDACTED:email] é' }]);
  });

  it('sees through escapes of the body', () => {
    const body = ask('alice@example.com').replace('alice@', '\\u0061lice\\u0040');
    const context = check(body, [buildPolicy('p', 'redact', [EMAIL])]);
    expect(context.getBody().bytes.toString()).toBe(ask('[REDACTED:email]'));
  });

  it('sees an escape that two neighbouring parts make together', () => {
    const parts = ['call alice\\', 'u0040example.com'].map((text) => ({ type: 'text', text }));
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: parts }] });
    expect(check(body, [buildPolicy('p', 'flag', [EMAIL])]).firedRules).toEqual(['p/email']);
  });

  it('redacts a number of a tool input by a string', () => {
    const message = (card: string) =>
      `{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1",` +
      `"name":"pay","input":{"card":${card}}}]},{"role":"user","content":"go"}]}`;
    const context = check(
      message('4111111111111111'),
      [buildPolicy('p', 'redact', [CARD])],
      'anthropic-messages',
    );
    expect(context.getBody().bytes.toString()).toBe(message('"[REDACTED:payment-card]"'));
  });

  describe('with a thought that the provider signed', () => {
    const converse = (thought: string, signature: string, question: string) =>
      `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[` +
      `{"type":"thinking","thinking":"${thought}", "signature":"${signature}"},{"type":"text","text":"hello"}]},` +
      `{"role":"user","content":"${question}"}]}`;
    const REDACT = [
      buildPolicy('low', 'redact', [{ ...EMAIL, severity: 'low' }]),
      buildPolicy('p', 'redact', [CARD]),
    ];
    const send = (body: string) => check(body, REDACT, 'anthropic-messages').getBody().bytes.toString();

    it('redacts the rest of the conversation and leaves the thought as it is', () => {
      const body = converse('They say 1\\u00b2.', 'c2ln', 'I am alice@example.com');
      expect(send(body)).toBe(converse('They say 1\\u00b2.', 'c2ln', 'I am [REDACTED:email]'));
    });

    it('refuses to edit it, which the provider would not take, and names the gravest rule', () => {
      const body = converse('They paid with 4111 1111 1111 1111', 'c2ln', 'I am alice@example.com');
      expect(() => send(body)).toThrow(
        expect.objectContaining({
          code: 'policy_violation',
          details: expect.objectContaining({ policy_id: 'p', rule_id: 'card', direction: 'request' }),
        }),
      );
    });

    it('refuses it in the Chat dialect too', () => {
      const details = [{ type: 'reasoning.text', text: 'alice@example.com', signature: 'c2ln', index: 0 }];
      const messages = [{ role: 'assistant', content: 'hello', reasoning_details: details }];
      expect(() => check(JSON.stringify({ model: 'm', messages }), REDACT)).toThrow(GatewayError);
    });

    it('edits one that nobody signed', () => {
      const body = converse('alice@example.com asks', '', 'hi');
      expect(send(body)).toBe(converse('[REDACTED:email] asks', '', 'hi'));
    });
  });

  it('leaves the body alone for a policy in shadow', () => {
    const body = ask('alice@example.com');
    const context = check(body, [buildPolicy('p', 'redact', [EMAIL], { mode: 'shadow' })]);
    expect(context.getBody().bytes.toString()).toBe(body);
    expect(context.firedRules).toEqual(['p/email']);
  });
});
