import fc from 'fast-check';
import type { NativeChatRequest, NativePart } from '../../src/chat/native-request.ts';
import type { JsonObject } from '../../src/common/json.ts';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type {
  DialectAdapter,
  RenderedRequest,
} from '../../src/pipeline/format-adapter/dialect-adapter.port.ts';
import { ANSWER_TOOL } from '../../src/pipeline/format-adapter/answer-tool.ts';
import { enforcesSchemas } from '../../src/pipeline/format-adapter/anthropic-messages/model-traits.ts';
import { refusesStop } from '../../src/pipeline/format-adapter/openai-chat/model-traits.ts';
import { anthropic, openAi } from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { anthropicRequests } from '../support/fixtures/arbitrary-anthropic-request.ts';
import { openAiRequests } from '../support/fixtures/arbitrary-openai-request.ts';
import { checkAnthropicRequest } from '../support/upstreams/anthropic/check-anthropic-request.ts';
import { checkOpenAiRequest } from '../support/upstreams/openai/check-openai-request.ts';

const CLAUDE_MODELS = [
  'claude-sonnet-4-5',
  'claude-opus-4-6',
  'claude-opus-4-8',
  'claude-opus-5',
  'claude-sonnet-5-5',
  'claude-3-5-haiku-20241022',
  'other',
];
const OPENAI_MODELS = ['gpt-4o', 'o3', 'gpt-5', 'gpt-5.2', 'gpt-5.6', 'llama-3.3-70b'];
const VERSION = { 'anthropic-version': '2023-06-01' };

function render(adapter: DialectAdapter, request: NativeChatRequest, upstreamModel: string): RenderedRequest {
  return adapter.renderRequest(request, {
    upstreamModel,
    defaultMaxOutputTokens: null,
    streamUsage: request.streamIncludesUsage,
  });
}

/** Everything that was said in a request, but thoughts and the words around media. */
function listTexts(request: NativeChatRequest): string[] {
  const listPart = (part: NativePart): string[] => {
    if (part.type === 'text') return [part.text];
    if (part.type === 'tool-result') return part.content.flatMap(listPart);
    if (part.type === 'tool-call') return [part.name, part.argumentsJson];
    return part.type === 'document' && part.source.kind === 'text' ? [part.source.text] : [];
  };
  return request.messages
    .flatMap((message) => message.parts.flatMap(listPart))
    .filter((text) => text.trim() !== '');
}

/** Whether `body` says it, as text or as the JSON of arguments. */
function says(body: JsonObject, text: string): boolean {
  const whole = JSON.stringify(body);
  return whole.includes(JSON.stringify(text).slice(1, -1)) || whole.includes(text);
}

function withoutRaw(request: NativeChatRequest): Omit<NativeChatRequest, 'raw'> {
  const { raw: _raw, ...rest } = request;
  return rest;
}

const CASES = [
  ['openai-chat', openAi, openAiRequests, OPENAI_MODELS.filter((model) => model !== 'gpt-5.6')],
  ['anthropic-messages', anthropic, anthropicRequests, CLAUDE_MODELS],
] as const;

describe.each(CASES)('any request of %s', (_name, adapter, requests, models) => {
  it('is the same after it was rendered in its own dialect', () => {
    fc.assert(
      fc.property(requests, fc.constantFrom(...models), (body, model) => {
        const request = adapter.parseRequest(body);
        const { body: rendered, droppedParams } = render(adapter, request, model);
        expect(droppedParams).toEqual([]);
        expect(withoutRaw(adapter.parseRequest({ ...rendered, model: request.model }))).toEqual(
          withoutRaw(request),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('is not changed by being read and rendered', () => {
    fc.assert(
      fc.property(
        requests,
        fc.constantFrom(...CLAUDE_MODELS),
        fc.constantFrom(...OPENAI_MODELS),
        (body, claude, gpt) => {
          const before = JSON.stringify(body);
          const request = adapter.parseRequest(body);
          const native = JSON.stringify(withoutRaw(request));
          render(anthropic, request, claude);
          render(openAi, request, gpt);
          expect(JSON.stringify(body)).toBe(before);
          expect(JSON.stringify(withoutRaw(request))).toBe(native);
        },
      ),
      { numRuns: 100 },
    );
  });
});

it('any request of openai-chat becomes one that Anthropic takes and that says the same', () => {
  fc.assert(
    fc.property(openAiRequests, fc.constantFrom(...CLAUDE_MODELS), (body, model) => {
      const request = openAi.parseRequest(body);
      const { body: rendered } = render(anthropic, request, model);
      expect(checkAnthropicRequest({ headers: VERSION, json: rendered }, true, {})).toBeNull();
      const back = anthropic.parseRequest(rendered);
      for (const text of listTexts(request)) expect(says(rendered, text)).toBe(true);
      expect(listTexts(back).length).toBe(listTexts(request).length);
      expect(back).toMatchObject({ stream: request.stream, stopSequences: request.stopSequences });
      const { type } = request.toolChoice ?? { type: 'auto' };
      // Where one of the client's tools must be called, no format applies to the answer.
      const usesAnswerTool =
        request.responseFormat?.type === 'json-schema' &&
        !enforcesSchemas(model) &&
        !(request.tools.length > 0 && (type === 'required' || type === 'tool'));
      expect(back.tools.map(({ name }) => name)).toEqual([
        ...request.tools.map(({ name }) => name),
        ...(usesAnswerTool ? [ANSWER_TOOL] : []),
      ]);
    }),
    { numRuns: 500 },
  );
});

it('any request of anthropic-messages becomes one that OpenAI takes and that says the same', () => {
  fc.assert(
    fc.property(anthropicRequests, fc.constantFrom(...OPENAI_MODELS), (body, model) => {
      const request = anthropic.parseRequest(body);
      const { body: rendered, droppedParams } = render(openAi, request, model);
      expect(checkOpenAiRequest(rendered)).toBeNull();
      const back = openAi.parseRequest(rendered);
      for (const text of listTexts(request)) expect(says(rendered, text)).toBe(true);
      expect(back).toMatchObject({
        stream: request.stream,
        maxOutputTokens: request.maxOutputTokens,
        stopSequences: refusesStop(model) ? [] : request.stopSequences,
      });
      expect(droppedParams.includes('stop_sequences')).toBe(
        refusesStop(model) && request.stopSequences.length > 0,
      );
      expect(back.tools.map(({ name }) => name)).toEqual(request.tools.map(({ name }) => name));
    }),
    { numRuns: 500 },
  );
});

it('a request with something that the other dialect cannot say is refused by name, and by nothing else', () => {
  const odd = fc.constantFrom<JsonObject>(
    { n: 2 },
    { logprobs: true },
    { tools: [{ type: 'custom', custom: {} }] },
    { audio: {} },
    { mcp_servers: [] },
    { container: 'c' },
    { tools: [{ type: 'web_search_20250305', name: 'w' }] },
    { messages: [{ role: 'user', content: [{ type: 'other' }] }] },
    { stop_sequences: ['a', 'b', 'c', 'd', 'e'] },
    { max_tokens: 0 },
  );
  fc.assert(
    fc.property(fc.oneof(openAiRequests, anthropicRequests), odd, (body, more) => {
      for (const adapter of [openAi, anthropic]) {
        try {
          const request = adapter.parseRequest({ ...body, ...more });
          for (const target of [openAi, anthropic]) render(target, request, 'm');
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          expect(error).toMatchObject({ status: 400, param: expect.stringMatching(/./) });
        }
      }
    }),
    { numRuns: 300 },
  );
});
