import { ManualClock } from '../../common/clock.port.js';
import type { JsonObject } from '../../common/json.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import { dependsOnForm } from './depends-on-form.js';

const adapter = new FormatAdapterService(new ManualClock());
const QUESTION = [{ role: 'user', content: 'hi' }];
const ofChat = (body: JsonObject): boolean =>
  dependsOnForm(adapter.adaptToNative('openai-chat', { model: 'm', messages: QUESTION, ...body }));
const ofMessages = (body: JsonObject): boolean =>
  dependsOnForm(
    adapter.adaptToNative('anthropic-messages', { model: 'm', messages: QUESTION, max_tokens: 9, ...body }),
  );

const document = (enabled: boolean): JsonObject => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data: 'x' },
  citations: { enabled },
});
const TOOL = { name: 'f', input_schema: { type: 'object' } };

describe('dependsOnForm', () => {
  it.each<[string, JsonObject]>([
    ['a plain question', {}],
    ['one choice', { n: 1, temperature: 0, stream: true, stream_options: { include_usage: true } }],
    ['what shapes an answer', { seed: 7, logit_bias: { 5: 1 }, presence_penalty: 1, store: false }],
    ['function tools', { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'auto' }],
    ['a schema', { response_format: { type: 'json_object' }, reasoning_effort: 'low' }],
    ['members that ask for nothing', { logprobs: false, top_logprobs: null, audio: null }],
  ])('lets both forms of a Chat request share an answer: %s', (_, body) => {
    expect(ofChat(body)).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ['several choices', { n: 2 }],
    ['log probabilities', { logprobs: true }],
    ['sound', { modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }],
    ['annotations of a search', { web_search_options: {} }],
    ['the predecessor of tools', { functions: [{ name: 'f' }] }],
    ['tools of another kind', { tools: [{ type: 'custom', custom: { name: 'f' } }] }],
    ['a member that nobody knows', { unknown_member: 1 }],
  ])('keeps the forms of a Chat request apart: %s', (_, body) => {
    expect(ofChat(body)).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['a plain question', { system: 's', temperature: 0, thinking: { type: 'adaptive' } }],
    ["the client's tools", { tools: [TOOL], service_tier: 'auto' }],
    ['a document', { messages: [{ role: 'user', content: [document(false)] }] }],
  ])('lets both forms of a Messages request share an answer: %s', (_, body) => {
    expect(ofMessages(body)).toBe(false);
  });

  it.each<[string, JsonObject]>([
    ["the provider's tools", { tools: [TOOL, { type: 'web_search_20250305', name: 'web_search' }] }],
    ['servers of tools', { mcp_servers: [{ type: 'url', url: 'https://example.com', name: 's' }] }],
    ['citations', { messages: [{ role: 'user', content: [document(true)] }] }],
    [
      'citations of what a tool found',
      {
        messages: [
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [document(true)] }] },
        ],
      },
    ],
  ])('keeps the forms of a Messages request apart: %s', (_, body) => {
    expect(ofMessages(body)).toBe(true);
  });
});
