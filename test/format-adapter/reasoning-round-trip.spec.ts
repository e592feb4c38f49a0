import { createAnthropic } from '@ai-sdk/anthropic';
import { jsonSchema, streamText, tool } from 'ai';
import type { NativeStreamEvent } from '../../src/chat/native-response.ts';
import type { JsonObject } from '../../src/common/json.ts';
import { ANTHROPIC_STREAMS } from '../../src/pipeline/format-adapter/testing/anthropic-stream-fixtures.ts';
import { OPENAI_STREAMS } from '../../src/pipeline/format-adapter/testing/openai-stream-fixtures.ts';
import {
  accumulate,
  anthropic,
  openAi,
  parseText,
  readFrames,
  renderEvents,
} from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { answerWithStream } from '../support/fixtures/answering-fetch.ts';
import { HELLO, toAnthropic, toOpenAi } from '../support/fixtures/translate-request.ts';

/** Claude's answers with thoughts, and one that thinks between its texts and calls. */
const between: NativeStreamEvent[] = (
  [
    { type: 'start', id: 'i', model: 'm', createdAtSeconds: 1 },
    ...[
      { type: 'reasoning', text: 'First.', signature: 's1' } as const,
      { type: 'text', text: 'Looking.' } as const,
      { type: 'reasoning', text: 'Second.', signature: 's2' } as const,
      { type: 'tool-call', id: 't1', name: 'f', argumentsJson: '{}' } as const,
      { type: 'reasoning-redacted', data: 'b3Bh' } as const,
      { type: 'tool-call', id: 't2', name: 'f', argumentsJson: '{"n":2}' } as const,
    ].flatMap((part, index): NativeStreamEvent[] => [
      { type: 'part-start', index, part },
      { type: 'part-end', index },
    ]),
    { type: 'finish', reason: 'tool-calls', stopSequence: null },
    { type: 'end' },
  ] as const
).slice();

const ANSWERS: readonly (readonly [string, NativeStreamEvent[]])[] = [
  ...ANTHROPIC_STREAMS.filter(({ name }) => name.includes('thinking')).map(
    ({ name, text }) => [name, parseText(anthropic, text)] as const,
  ),
  ['thoughts between text and calls', between],
];

/** The assistant's turn as Anthropic wrote it, and as it must come back. */
function listBlocks(events: readonly NativeStreamEvent[]): unknown {
  return anthropic.renderResponse(accumulate(events)).content;
}

/** What Anthropic reads when a Chat client sends this message back. */
function sendBack(message: JsonObject): unknown {
  const { messages } = toAnthropic({ messages: [...HELLO, message] }).body;
  return (messages as JsonObject[])[1]?.content;
}

interface CallDelta {
  index: number;
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string };
}
interface Delta {
  content?: string;
  reasoning_content?: string;
  reasoning_details?: JsonObject[];
  tool_calls?: CallDelta[];
}

function listDeltas(text: string): Delta[] {
  const chunks = readFrames(text)
    .slice(0, -1)
    .map(({ data }) => JSON.parse(data) as { choices: { delta: Delta }[] });
  return chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
}

/** The message that a Chat client builds from a stream, its reasoning details in the pieces in which they came. */
function collectMessage(text: string): JsonObject {
  const deltas = listDeltas(text);
  const calls: JsonObject[] = [];
  for (const { index, id, type, function: called } of deltas.flatMap((delta) => delta.tool_calls ?? [])) {
    const before = calls[index]?.function as { name: string; arguments: string } | undefined;
    calls[index] = {
      id: id ?? calls[index]?.id,
      type: type ?? calls[index]?.type,
      function: {
        name: (before?.name ?? '') + (called?.name ?? ''),
        arguments: (before?.arguments ?? '') + (called?.arguments ?? ''),
      },
    };
  }
  return {
    role: 'assistant',
    content: deltas.map((delta) => delta.content ?? '').join(''),
    reasoning_content: deltas.map((delta) => delta.reasoning_content ?? '').join(''),
    reasoning_details: deltas.flatMap((delta) => delta.reasoning_details ?? []),
    tool_calls: calls,
  };
}

describe.each(ANSWERS)('thoughts of Claude in the hands of a Chat client: %s', (_name, events) => {
  it('come back unchanged and where they were, from a whole answer', () => {
    const completion = openAi.renderResponse(accumulate(events)) as { choices: [{ message: JsonObject }] };
    expect(sendBack(completion.choices[0].message)).toEqual(listBlocks(events));
  });

  it('come back unchanged and where they were, from the pieces of a stream', () => {
    expect(sendBack(collectMessage(renderEvents(openAi, events)))).toEqual(listBlocks(events));
  });

  it('come back unchanged from a Messages client', () => {
    const body = {
      model: 'm',
      max_tokens: 1,
      messages: [...HELLO, { role: 'assistant', content: listBlocks(events) as JsonObject[] }],
    };
    const request = anthropic.parseRequest(body);
    const rendered = anthropic.renderRequest(request, {
      upstreamModel: 'm',
      defaultMaxOutputTokens: null,
      streamUsage: true,
    });
    expect(rendered.body.messages).toEqual(body.messages);
  });
});

describe('thoughts that cannot be shown to Claude', () => {
  it('are left out and named when they are not signed', () => {
    const { body, droppedParams } = toAnthropic({
      messages: [...HELLO, { role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' }, ...HELLO],
    });
    expect((body.messages as JsonObject[])[1]).toEqual({ role: 'assistant', content: 'Yes.' });
    expect(droppedParams).toEqual(['reasoning_content']);
  });

  it('are left out when an answer was cut before it said anything', () => {
    const cut = {
      role: 'assistant',
      content: '',
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 's', index: 0 }],
    };
    const { messages } = toAnthropic({ messages: [...HELLO, cut, { role: 'user', content: 'Go on.' }] }).body;
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'text', text: 'Go on.' },
        ],
      },
    ]);
  });

  it('are kept apart where their places differ, however they come', () => {
    const pieces = [
      { type: 'reasoning.text', text: 'lost', index: 0 },
      { type: 'reasoning.text', text: 'ke', index: 1 },
      { type: 'reasoning.text', text: 'pt', signature: 's', index: 1 },
    ];
    expect(sendBack({ role: 'assistant', content: 'Yes.', reasoning_details: pieces })).toEqual([
      { type: 'thinking', thinking: 'kept', signature: 's' },
      { type: 'text', text: 'Yes.' },
    ]);
  });

  it('of kinds that are not known carry nothing', () => {
    const odd = [{ type: 'reasoning.summary', summary: 'x' }, 7, null, { type: 'reasoning.encrypted' }];
    expect(sendBack({ role: 'assistant', content: 'Yes.', reasoning_details: odd })).toBe('Yes.');
  });
});

it('thoughts of a Chat server reach a Messages client unsigned, and are not sent to OpenAI again', () => {
  const fixture = OPENAI_STREAMS.find(({ name }) => name.startsWith('reasoning in words'));
  const blocks = listBlocks(parseText(openAi, fixture?.text ?? '')) as JsonObject[];
  expect(blocks[0]).toEqual({ type: 'thinking', thinking: 'Let me think 🤔.', signature: '' });
  const { body, droppedParams } = toOpenAi({ messages: [...HELLO, { role: 'assistant', content: blocks }] });
  expect((body.messages as JsonObject[])[1]).toEqual({ role: 'assistant', content: 'Done.' });
  expect(droppedParams).toEqual(['messages.thinking']);
});

it("the ai SDK's Anthropic provider sends signed thoughts back as it read them from a rendered stream", async () => {
  const events = parseText(anthropic, ANTHROPIC_STREAMS[1]?.text ?? '');
  const answering = answerWithStream(renderEvents(anthropic, events));
  const model = createAnthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:9/v1', fetch: answering.fetch })(
    'claude-sonnet-4-5',
  );
  const inputSchema = jsonSchema<JsonObject>({ type: 'object', additionalProperties: true });
  const tools = { weather: tool({ inputSchema }), now: tool({ inputSchema }) };
  const first = streamText({ model, prompt: 'x', tools, maxRetries: 0 });
  const { messages } = await first.response;
  const results = ['toolu_1', 'toolu_2'].map((toolCallId) => ({
    type: 'tool-result' as const,
    toolCallId,
    toolName: 'weather',
    output: { type: 'text' as const, value: 'y' },
  }));
  const second = streamText({
    model,
    messages: [{ role: 'user', content: 'x' }, ...messages, { role: 'tool', content: results }],
    tools,
    maxRetries: 0,
  });
  await second.text;
  const sent = answering.sent[1]?.body as { messages: { role: string; content: unknown }[] };
  const native = anthropic.parseRequest(sent as unknown as JsonObject);
  expect(native.messages[1]?.parts.slice(0, 2)).toEqual([
    { type: 'reasoning', text: 'Bern first.', signature: 'c2ln' },
    { type: 'reasoning-redacted', data: 'b3BhcXVl' },
  ]);
});
