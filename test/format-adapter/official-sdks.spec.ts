import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { NativeChatResponse } from '../../src/chat/native-response.ts';
import { listStreamEvents } from '../../src/chat/list-stream-events.ts';
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

/** Every fixture of either dialect, in native events: what the renderers have to write for a client. */
const STREAMS = [
  ...OPENAI_STREAMS.map((fixture) => [fixture.name, parseText(openAi, fixture.text)] as const),
  ...ANTHROPIC_STREAMS.map((fixture) => [fixture.name, parseText(anthropic, fixture.text)] as const),
];

function createOpenAiClient({ fetch }: AnsweringFetch): OpenAI {
  return new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', fetch, maxRetries: 0 });
}

function createAnthropicClient({ fetch }: AnsweringFetch): Anthropic {
  return new Anthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:9', fetch, maxRetries: 0 });
}

const OPENAI_PARAMS = {
  model: 'm',
  messages: [{ role: 'user' as const, content: 'x' }],
  stream_options: { include_usage: true },
};
const ANTHROPIC_PARAMS = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'x' }] };

/** The members of a message that say something, without those that a stream's accumulator adds or leaves out. */
function tidyMessage(message: Record<string, unknown>): Record<string, unknown> {
  const { parsed: _parsed, reasoning_content: _text, reasoning_details: _details, ...rest } = message;
  const calls = rest['tool_calls'] as { function: Record<string, unknown> }[] | undefined;
  for (const call of calls ?? []) delete call.function['parsed_arguments'];
  // The accumulator takes an empty text for none.
  return { ...rest, content: rest['content'] === '' ? null : rest['content'] };
}

function expectOpenAiMessage(response: NativeChatResponse): Record<string, unknown> {
  const body = openAi.renderResponse(response) as unknown as OpenAI.ChatCompletion;
  return tidyMessage(body.choices[0]?.message as unknown as Record<string, unknown>);
}

describe.each(STREAMS)("the official OpenAI client's stream accumulator: %s", (_name, events) => {
  it('reads the message, the reason and the usage that the whole answer has', async () => {
    const client = createOpenAiClient(answerWithStream(renderEvents(openAi, events)));
    const completion = await client.chat.completions.stream(OPENAI_PARAMS).finalChatCompletion();
    const response = accumulate(events);
    const whole = openAi.renderResponse(response) as unknown as OpenAI.ChatCompletion;
    expect(tidyMessage({ ...completion.choices[0]?.message })).toEqual(expectOpenAiMessage(response));
    expect(completion.choices[0]?.finish_reason).toBe(whole.choices[0]?.finish_reason);
    expect(completion.usage ?? undefined).toEqual(whole.usage);
    expect(completion).toMatchObject({ id: whole.id, model: whole.model, created: whole.created });
  });

  it('reads the same from the replay of the whole answer', async () => {
    const response = accumulate(events);
    const client = createOpenAiClient(answerWithStream(renderEvents(openAi, listStreamEvents(response))));
    const completion = await client.chat.completions.stream(OPENAI_PARAMS).finalChatCompletion();
    expect(tidyMessage({ ...completion.choices[0]?.message })).toEqual(expectOpenAiMessage(response));
  });
});

describe.each(STREAMS)("the official Anthropic client's stream accumulator: %s", (_name, events) => {
  it('reads the message that the whole answer is', async () => {
    const client = createAnthropicClient(answerWithStream(renderEvents(anthropic, events)));
    const message = await client.messages.stream(ANTHROPIC_PARAMS).finalMessage();
    const whole = anthropic.renderResponse(accumulate(events));
    expect(JSON.parse(JSON.stringify(message.content))).toEqual(whole['content']);
    const { id, model, role, stop_reason, stop_sequence, stop_details, type } = message;
    expect({ id, model, role, stop_reason, stop_sequence, stop_details, type }).toEqual({
      id: whole['id'],
      model: whole['model'],
      role: 'assistant',
      stop_reason: whole['stop_reason'],
      stop_sequence: whole['stop_sequence'],
      stop_details: null,
      type: 'message',
    });
    const { cache_creation: _split, ...usage } = whole['usage'] as Record<string, unknown>;
    expect(message.usage).toMatchObject(usage);
  });

  it('reads the same from the replay of the whole answer', async () => {
    const response = accumulate(events);
    const client = createAnthropicClient(
      answerWithStream(renderEvents(anthropic, listStreamEvents(response))),
    );
    const message = await client.messages.stream(ANTHROPIC_PARAMS).finalMessage();
    expect(JSON.parse(JSON.stringify(message))).toMatchObject({
      content: anthropic.renderResponse(response)['content'] as never,
    });
  });
});

/** Fixtures in the very words of the vendors' own APIs, which their clients understand; the others are compatible servers'. */
const NATIVE_OPENAI = OPENAI_STREAMS.filter(({ name }) =>
  /empty and repeated|interleave|a refusal in words|without \[DONE\]/.test(name),
);

describe('our parsers and the official accumulators', () => {
  it.each(NATIVE_OPENAI.map((fixture) => [fixture.name, fixture] as const))(
    'read the same message from an OpenAI stream: %s',
    async (_name, { text }) => {
      const client = createOpenAiClient(answerWithStream(text));
      const completion = await client.chat.completions.stream(OPENAI_PARAMS).finalChatCompletion();
      const response = accumulate(parseText(openAi, text));
      expect(tidyMessage({ ...completion.choices[0]?.message })).toEqual(expectOpenAiMessage(response));
      expect(completion.usage?.completion_tokens).toBe(response.usage?.outputTokens);
    },
  );

  it.each(ANTHROPIC_STREAMS.map((fixture) => [fixture.name, fixture] as const))(
    'read the same message from an Anthropic stream: %s',
    async (_name, { text }) => {
      const client = createAnthropicClient(answerWithStream(text));
      const message = await client.messages.stream(ANTHROPIC_PARAMS).finalMessage();
      const whole = anthropic.renderResponse(accumulate(parseText(anthropic, text)));
      // What the provider's own tools did, and what they cite, has no place in other dialects.
      const content = message.content
        .filter((block) => !/^(server|web)/.test(block.type))
        .map((block) => {
          const { citations: _citations, ...rest } = block as unknown as Record<string, unknown>;
          return rest;
        });
      expect(JSON.parse(JSON.stringify(content))).toEqual(whole['content']);
      expect(message.stop_reason).toBe(whole['stop_reason']);
      expect(message.usage.output_tokens).toBe((whole['usage'] as { output_tokens: number }).output_tokens);
    },
  );
});

describe('an error inside a rendered stream', () => {
  const head = parseText(openAi, OPENAI_STREAMS[0]?.text ?? '').slice(0, 3);
  const failed = [
    ...head,
    { type: 'error' as const, code: 'overloaded_error', message: 'Try again.', status: null },
  ];

  it('is thrown by the official OpenAI client', async () => {
    const client = createOpenAiClient(answerWithStream(renderEvents(openAi, failed)));
    const reading = client.chat.completions.stream(OPENAI_PARAMS).finalChatCompletion();
    await expect(reading).rejects.toMatchObject({
      code: 'overloaded_error',
      message: expect.stringContaining('Try again.'),
    });
  });

  it('is thrown by the official Anthropic client', async () => {
    const client = createAnthropicClient(answerWithStream(renderEvents(anthropic, failed)));
    const reading = client.messages.stream(ANTHROPIC_PARAMS).finalMessage();
    await expect(reading).rejects.toMatchObject({
      error: { error: { type: 'overloaded_error', message: 'Try again.' } },
    });
  });
});

describe('whole answers', () => {
  it.each(STREAMS)('are read by the official clients: %s', async (_name, events) => {
    const response = accumulate(events);
    const completion = await createOpenAiClient(
      answerWithJson(openAi.renderResponse(response)),
    ).chat.completions.create(OPENAI_PARAMS);
    expect(completion.choices[0]?.message.content).toBe(openAiContent(response));
    const message = await createAnthropicClient(
      answerWithJson(anthropic.renderResponse(response)),
    ).messages.create(ANTHROPIC_PARAMS);
    expect(message.content).toHaveLength(response.parts.length);
  });
});

function openAiContent(response: NativeChatResponse): string | null {
  const texts = response.parts.filter((part) => part.type === 'text').map((part) => part.text);
  if (texts.length > 0) return texts.join('');
  return response.parts.some((part) => part.type === 'tool-call' || part.type === 'refusal') ? null : '';
}
