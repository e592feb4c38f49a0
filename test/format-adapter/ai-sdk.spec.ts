import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, jsonSchema, type LanguageModel, streamText, tool } from 'ai';
import type { NativeStreamEvent } from '../../src/chat/native-response.ts';
import type { JsonObject } from '../../src/common/json.ts';
import type { DialectAdapter } from '../../src/pipeline/format-adapter/dialect-adapter.port.ts';
import { ANTHROPIC_STREAMS } from '../../src/pipeline/format-adapter/testing/anthropic-stream-fixtures.ts';
import { OPENAI_STREAMS } from '../../src/pipeline/format-adapter/testing/openai-stream-fixtures.ts';
import {
  accumulate,
  anthropic,
  openAi,
  parseText,
  renderEvents,
} from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import {
  type AnsweringFetch,
  answerWithJson,
  answerWithStream,
} from '../support/fixtures/answering-fetch.ts';

const TARGET = { upstreamModel: 'up', defaultMaxOutputTokens: null, streamUsage: true };

const anyInput = jsonSchema<JsonObject>({ type: 'object', additionalProperties: true });
const tools = Object.fromEntries(
  ['weather', 'time', 'now', 'a', 'b'].map((name) => [
    name,
    tool({ description: name, inputSchema: anyInput }),
  ]),
);

const CLIENTS: readonly (readonly [string, DialectAdapter, (answering: AnsweringFetch) => LanguageModel])[] =
  [
    [
      '@ai-sdk/openai',
      openAi,
      ({ fetch }) => createOpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', fetch }).chat('gpt-4o'),
    ],
    [
      '@ai-sdk/anthropic',
      anthropic,
      ({ fetch }) =>
        createAnthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', fetch })('claude-sonnet-4-5'),
    ],
  ];

const STREAMS: readonly (readonly [string, NativeStreamEvent[]])[] = [
  ...OPENAI_STREAMS.map((fixture) => [fixture.name, parseText(openAi, fixture.text)] as const),
  ...ANTHROPIC_STREAMS.map((fixture) => [fixture.name, parseText(anthropic, fixture.text)] as const),
];

describe.each(CLIENTS)('%s', (name, adapter, createModel) => {
  const isAnthropic = name.includes('anthropic');

  it.each(STREAMS)(
    'reads text, tool calls, reasoning and usage of a rendered stream: %s',
    async (_stream, events) => {
      const { parts, usage } = accumulate(events);
      const errors: unknown[] = [];
      const result = streamText({
        model: createModel(answerWithStream(renderEvents(adapter, events))),
        prompt: 'x',
        tools,
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      const spoken = parts.map((part) => (part.type === 'text' || part.type === 'refusal' ? part.text : ''));
      expect(await result.text).toBe(spoken.join(''));
      const calls = await result.toolCalls;
      expect(calls.map(({ toolCallId, toolName, input }) => ({ toolCallId, toolName, input }))).toEqual(
        parts.flatMap((part) =>
          part.type === 'tool-call'
            ? [{ toolCallId: part.id, toolName: part.name, input: JSON.parse(part.argumentsJson) as unknown }]
            : [],
        ),
      );
      if (isAnthropic) {
        const thoughts = parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join('');
        expect((await result.reasoningText) ?? '').toBe(thoughts);
      }
      if (usage !== null) expect((await result.usage).outputTokens).toBe(usage.outputTokens);
      expect(errors).toEqual([]);
    },
  );

  it('reads a whole answer', async () => {
    const response = accumulate(STREAMS[2]?.[1] ?? []);
    const model = createModel(answerWithJson(adapter.renderResponse(response)));
    const result = await generateText({ model, prompt: 'x', tools, maxRetries: 0 });
    expect(result.text).toBe('Two things.');
    expect(result.toolCalls.map(({ toolName }) => toolName)).toEqual(['weather', 'time', 'now']);
    expect(result.finishReason).toBe('tool-calls');
    expect(result.usage).toMatchObject({ inputTokens: 30, outputTokens: 12 });
  });

  it('sends requests that are understood, and translated to the other dialect without loss', async () => {
    const answering = answerWithJson(adapter.renderResponse(accumulate(STREAMS[2]?.[1] ?? [])));
    const messages = [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: 'What is on it?' },
          { type: 'image' as const, image: 'iVBORw0KGgo=', mediaType: 'image/png' },
        ],
      },
      {
        role: 'assistant' as const,
        content: [
          { type: 'text' as const, text: 'Looking.' },
          { type: 'tool-call' as const, toolCallId: 'c1', toolName: 'weather', input: { city: 'Ulm' } },
        ],
      },
      {
        role: 'tool' as const,
        content: [
          {
            type: 'tool-result' as const,
            toolCallId: 'c1',
            toolName: 'weather',
            output: { type: 'text' as const, value: '12 C' },
          },
        ],
      },
    ];
    const model = createModel(answering);
    await generateText({
      model,
      system: 'Be brief.',
      messages,
      tools,
      toolChoice: 'required',
      maxOutputTokens: 50,
      temperature: 0.5,
      maxRetries: 0,
    });
    const body = answering.sent[0]?.body as JsonObject;
    const native = adapter.parseRequest(body);
    expect(native.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(native.messages[1]?.parts[1]).toMatchObject({
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png' },
    });
    expect(native.messages[2]?.parts[1]).toMatchObject({
      type: 'tool-call',
      id: 'c1',
      argumentsJson: '{"city":"Ulm"}',
    });
    expect(native).toMatchObject({ toolChoice: { type: 'required' }, maxOutputTokens: 50, temperature: 0.5 });
    const other = isAnthropic ? openAi : anthropic;
    const { body: translated, droppedParams } = other.renderRequest(native, TARGET);
    expect(droppedParams).toEqual([]);
    expect(JSON.stringify(translated)).toContain('12 C');
  });
});
