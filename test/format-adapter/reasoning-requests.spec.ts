import type { JsonObject } from '../../src/common/json.ts';
import { toAnthropic, toOpenAi } from '../support/fixtures/translate-request.ts';

const chatTool = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
const messagesTool = { name: 'f', input_schema: { type: 'object' } };

/** What a Chat request for this effort says to a Claude model. */
function askClaude(model: string, effort: string, more: JsonObject = {}): JsonObject {
  const { body, droppedParams } = toAnthropic(
    { reasoning_effort: effort, max_tokens: 20_000, ...more },
    model,
  );
  const { thinking, output_config } = body;
  return {
    ...(thinking === undefined ? {} : { thinking }),
    ...(output_config === undefined ? {} : { output_config }),
    droppedParams,
  };
}

/** What a Messages request with these members says to a model of OpenAI. */
function askOpenAi(model: string, more: JsonObject): JsonObject {
  const { body, droppedParams } = toOpenAi({ max_tokens: 20_000, ...more }, model);
  return { effort: body.reasoning_effort ?? null, droppedParams };
}

describe('reasoning_effort to a Claude model that thinks with a budget', () => {
  it.each([
    ['minimal', 1_024],
    ['low', 2_048],
    ['medium', 8_192],
    ['high', 10_000],
    ['xhigh', 10_000],
  ])('%s is a budget of %d, at most half of max_tokens', (effort, budget) => {
    for (const model of [
      'claude-sonnet-4-5',
      'claude-3-7-sonnet-20250219',
      'claude-opus-4-1-20250805',
      'claude-haiku-4-5@20251001',
      'anthropic/claude-sonnet-4.5',
    ]) {
      expect(askClaude(model, effort)).toEqual({
        thinking: { type: 'enabled', budget_tokens: budget },
        droppedParams: [],
      });
    }
  });

  it('is dropped by name where no budget fits, or a tool must be called', () => {
    expect(askClaude('claude-sonnet-4-5', 'high', { max_tokens: 1_024 })).toEqual({
      droppedParams: ['reasoning_effort'],
    });
    const forced = { tools: [chatTool], tool_choice: 'required' };
    expect(askClaude('claude-sonnet-4-5', 'high', forced)).toEqual({ droppedParams: ['reasoning_effort'] });
  });

  it('is dropped by name while the results of a call are sent back without the thought before it, which the API refuses', () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const details = [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', index: 0 }];
    const converse = (assistant: JsonObject): JsonObject => ({
      tools: [chatTool],
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: null, tool_calls: [call], ...assistant },
        { role: 'tool', tool_call_id: 'c', content: 'y' },
      ],
    });
    expect(askClaude('claude-sonnet-4-5', 'high', converse({}))).toEqual({
      droppedParams: ['reasoning_effort'],
    });
    expect(askClaude('claude-sonnet-4-5', 'high', converse({ reasoning_details: details }))).toHaveProperty(
      'thinking',
    );
    expect(askClaude('claude-opus-4-6', 'high', converse({}))).toHaveProperty('thinking');
  });

  it('leaves out temperature and top_p, which a thinking model refuses', () => {
    const { body, droppedParams } = toAnthropic({
      reasoning_effort: 'low',
      max_tokens: 9_000,
      temperature: 0,
      top_p: 0.5,
    });
    expect(body).not.toHaveProperty('temperature');
    expect(droppedParams).toEqual(['temperature', 'top_p']);
  });

  it('is nothing when it is none, and dropped by name on a model that does not think', () => {
    expect(askClaude('claude-sonnet-4-5', 'none')).toEqual({ droppedParams: [] });
    expect(askClaude('claude-3-5-haiku-20241022', 'none')).toEqual({ droppedParams: [] });
    expect(askClaude('claude-3-5-haiku-20241022', 'low')).toEqual({ droppedParams: ['reasoning_effort'] });
  });
});

describe('reasoning_effort to a Claude model that thinks adaptively', () => {
  it.each([
    ['claude-opus-4-6', 'minimal', 'low'],
    ['claude-sonnet-4-6', 'xhigh', 'high'],
    ['claude-opus-4-7', 'xhigh', 'xhigh'],
    ['claude-opus-5-5', 'max', 'max'],
    ['claude-fable-5-1', 'medium', 'medium'],
  ])('on %s, %s is the effort %s', (model, effort, expected) => {
    expect(askClaude(model, effort)).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort: expected },
      droppedParams: [],
    });
  });

  it('asks for the thoughts where the model hides them', () => {
    expect(askClaude('claude-opus-4-7', 'low').thinking).toEqual({ type: 'adaptive', display: 'summarized' });
    expect(askClaude('claude-opus-4-6', 'low').thinking).toEqual({ type: 'adaptive' });
  });

  it.each([
    ['claude-opus-4-8', {}],
    ['claude-opus-5', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-20260601', { thinking: { type: 'disabled' } }],
    ['claude-haiku-5-5', { thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', { thinking: { type: 'between_tools' } }],
    ['claude-opus-5-5', { output_config: { effort: 'low' } }],
    ['claude-fable-5-1', { output_config: { effort: 'low' } }],
    ['claude-mythos-preview', { output_config: { effort: 'low' } }],
  ])('is switched off on %s as far as the model allows', (model, expected) => {
    expect(askClaude(model, 'none')).toEqual({ ...expected, droppedParams: [] });
  });

  it('keeps only the effort where a tool must be called and the model cannot do both', () => {
    const forced = { tools: [chatTool], tool_choice: { type: 'function', function: { name: 'f' } } };
    expect(askClaude('claude-opus-4-6', 'low', forced)).toEqual({
      output_config: { effort: 'low' },
      droppedParams: [],
    });
    expect(askClaude('claude-opus-5', 'low', forced)).toHaveProperty('thinking');
    expect(askClaude('claude-opus-4-6', 'low', { ...forced, tools: [] })).toHaveProperty('thinking');
  });
});

describe('thinking to a model of OpenAI', () => {
  const budget = (tokens: number): JsonObject => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
  const effort = (word: string): JsonObject => ({
    thinking: { type: 'adaptive' },
    output_config: { effort: word },
  });
  const disabled: JsonObject = { thinking: { type: 'disabled' }, output_config: { effort: 'high' } };

  it.each([
    [budget(1_024), 'low'],
    [budget(8_000), 'medium'],
    [budget(19_000), 'high'],
    [{ thinking: { type: 'adaptive' } }, 'medium'],
    [{ output_config: { effort: 'low' } }, 'low'],
    [effort('max'), 'high'],
    [{}, null],
  ])('%j is the effort %s', (members, expected) => {
    expect(askOpenAi('o3', members)).toEqual({ effort: expected, droppedParams: [] });
  });

  it.each([
    ['o4-mini', disabled, 'low'],
    ['gpt-5-mini', disabled, 'minimal'],
    ['gpt-5.1', disabled, 'none'],
    ['gpt-5.1', effort('xhigh'), 'high'],
    ['openai/gpt-5.2', effort('max'), 'xhigh'],
    ['gpt-5.6-terra', effort('xhigh'), 'xhigh'],
    ['grok-4', effort('max'), 'high'],
    ['deepseek-reasoner', disabled, null],
  ])('%s gets the nearest effort that it knows for %j', (model, members, expected) => {
    expect(askOpenAi(model, members)).toEqual({ effort: expected, droppedParams: [] });
  });

  it.each(['gpt-4o', 'gpt-35-turbo', 'chatgpt-4o-latest', 'gpt-5-chat-latest', 'ft:gpt-4.1:x'])(
    'is dropped by name on %s, which does not reason',
    (model) => {
      expect(askOpenAi(model, budget(2_000))).toEqual({ effort: null, droppedParams: ['thinking'] });
      expect(askOpenAi(model, { output_config: { effort: 'low' } })).toEqual({
        effort: null,
        droppedParams: ['output_config.effort'],
      });
      expect(askOpenAi(model, disabled)).toEqual({ effort: null, droppedParams: [] });
    },
  );

  it('gives way to tools on models whose Chat API refuses both together', () => {
    const tools = { tools: [messagesTool] };
    expect(askOpenAi('gpt-5.4', { ...budget(2_000), ...tools })).toEqual({
      effort: 'none',
      droppedParams: ['thinking'],
    });
    expect(askOpenAi('gpt-5.4', tools)).toEqual({ effort: null, droppedParams: [] });
    expect(askOpenAi('gpt-5.6', tools)).toEqual({ effort: 'none', droppedParams: [] });
    expect(askOpenAi('gpt-5.2', { ...budget(2_000), ...tools })).toEqual({
      effort: 'low',
      droppedParams: [],
    });
    expect(askOpenAi('openai/gpt-5.6', { ...budget(2_000), ...tools })).toEqual({
      effort: 'low',
      droppedParams: [],
    });
  });

  it('leaves out sampling where the model will reason, and names it', () => {
    const sampling = { temperature: 0.3, top_p: 0.5 };
    const send = (model: string, more: JsonObject = {}): unknown[] => {
      const { body, droppedParams } = toOpenAi({ ...sampling, ...more }, model);
      return [body.temperature, body.top_p, droppedParams];
    };
    expect(send('o3')).toEqual([undefined, undefined, ['temperature', 'top_p']]);
    expect(send('gpt-5')).toEqual([undefined, undefined, ['temperature', 'top_p']]);
    expect(send('gpt-5.2', { thinking: { type: 'adaptive' } })).toEqual([
      undefined,
      undefined,
      ['temperature', 'top_p'],
    ]);
    expect(send('gpt-5.2')).toEqual([0.3, 0.5, []]);
    expect(send('gpt-5.6', { tools: [messagesTool] })).toEqual([0.3, 0.5, []]);
    expect(send('gpt-4o')).toEqual([0.3, 0.5, []]);
    expect(toOpenAi({ temperature: 1 }, 'o3')).toMatchObject({ body: { temperature: 1 }, droppedParams: [] });
  });
});
