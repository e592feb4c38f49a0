import fc from 'fast-check';
import type { JsonObject } from '../../../../common/json.js';
import { buildSimulatedScript, type SimulatedScript } from './build-simulated-script.js';
import { parseSimulatedModel } from './parse-simulated-model.js';

interface Completion {
  id: string;
  model: string;
  choices: {
    index: number;
    finish_reason: string;
    message: {
      content: string | null;
      refusal: string | null;
      reasoning_content?: string;
      tool_calls?: ToolCall[];
    };
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  error?: { code: string | null; param: string | null };
}

interface ToolCall {
  id: string;
  index?: number;
  function: { name: string; arguments: string };
}

interface Chunk {
  choices: {
    index: number;
    delta: { content?: string; tool_calls?: ToolCall[] };
    finish_reason: string | null;
  }[];
  usage?: Completion['usage'] | null;
}

const HELLO = [{ role: 'user', content: 'Hello there' }];
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

function build(model: string, body: JsonObject): SimulatedScript {
  return buildSimulatedScript(
    parseSimulatedModel(model, {}),
    model,
    Buffer.from(JSON.stringify(body)),
    1_700_000_000,
  );
}

function readAll(script: SimulatedScript): string[] {
  const chunks: string[] = [];
  for (let step = script.chunks.next(); step.done !== true; step = script.chunks.next())
    chunks.push(step.value);
  return chunks;
}

function complete(model: string, body: JsonObject): Completion {
  return JSON.parse(readAll(build(model, body)).join('')) as Completion;
}

function stream(model: string, body: JsonObject): Chunk[] {
  const frames = readAll(build(model, { ...body, stream: true }));
  expect(frames.pop()).toBe('data: [DONE]\n\n');
  return frames.map((frame) => JSON.parse(frame.slice('data: '.length)) as Chunk);
}

describe('buildSimulatedScript', () => {
  it('answers the same request with the same text and another request with another', () => {
    const first = complete('simulated-1', { messages: HELLO });
    expect(complete('simulated-1', { messages: HELLO })).toEqual(first);
    const other = complete('simulated-1', { messages: [{ role: 'user', content: 'Hello here' }] });
    expect(other.choices[0]?.message.content).not.toBe(first.choices[0]?.message.content);
  });

  it('streams the text that it answers whole', () => {
    const whole = complete('sim:tokens=80', { messages: HELLO });
    const chunks = stream('sim:tokens=80', { messages: HELLO });
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(text).toContain('Hello there');
  });

  it('makes exactly the tokens it was told and counts them', () => {
    const { usage, choices } = complete('sim:tokens=300', { messages: HELLO });
    expect(usage).toMatchObject({ completion_tokens: 300 });
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + 300);
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  it('ends at max_tokens with the reason length', () => {
    const { usage, choices } = complete('sim:tokens=300', { messages: HELLO, max_tokens: 10 });
    expect(usage).toMatchObject({ completion_tokens: 10 });
    expect(choices[0]?.finish_reason).toBe('length');
  });

  it('ends before a stop sequence, wherever it is cut', () => {
    const text = complete('sim:tokens=60', { messages: HELLO }).choices[0]?.message.content ?? '';
    const range = fc.tuple(fc.nat(text.length - 9), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(range, ([start, length]) => {
        const stop = text.slice(start, start + length);
        const { choices } = complete('sim:tokens=60', { messages: HELLO, stop });
        expect(choices[0]?.message.content).toBe(text.slice(0, text.indexOf(stop)));
      }),
    );
  });

  it('reports usage in a stream only when asked', () => {
    const without = stream('simulated-1', { messages: HELLO });
    expect(without.every((chunk) => chunk.usage === undefined)).toBe(true);
    const chunks = stream('simulated-1', { messages: HELLO, stream_options: { include_usage: true } });
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  it('reports no usage where the model says so', () => {
    expect(complete('sim:usage=off', { messages: HELLO }).usage).toBeUndefined();
  });

  it('calls a tool when the prompt names it, with arguments that fit its schema', () => {
    const messages = [{ role: 'user', content: 'use get_weather for Oslo' }];
    const { choices } = complete('simulated-1', { messages, tools: [WEATHER] });
    const call = choices[0]?.message.tool_calls?.[0];
    expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(call?.id).toMatch(/^call_/);
    expect(JSON.parse(call?.function.arguments ?? '')).toEqual({ city: expect.any(String) });
  });

  it('streams parallel tool calls as fragments that join to the whole answer', () => {
    const body = { messages: HELLO, tools: [WEATHER] };
    const joined: Record<number, string> = {};
    for (const chunk of stream('sim:tools=3', body)) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
        joined[call.index ?? -1] = (joined[call.index ?? -1] ?? '') + call.function.arguments;
      }
    }
    const whole = complete('sim:tools=3', body).choices[0]?.message.tool_calls;
    expect(Object.values(joined)).toEqual(whole?.map((call) => call.function.arguments));
    expect(whole).toHaveLength(3);
  });

  it('calls one tool where parallel calls are not allowed, and the one that was named', () => {
    const other = { type: 'function', function: { name: 'other' } };
    const body = {
      messages: HELLO,
      tools: [WEATHER, other],
      parallel_tool_calls: false,
      tool_choice: { type: 'function', function: { name: 'other' } },
    };
    const calls = complete('sim:tools=3', body).choices[0]?.message.tool_calls;
    expect(calls?.map((call) => call.function.name)).toEqual(['other']);
  });

  it('answers a tool result with text, so that an agent ends', () => {
    const messages = [...HELLO, { role: 'assistant', content: null }, { role: 'tool', content: 'sunny' }];
    const { choices } = complete('sim:tools', { messages, tools: [WEATHER] });
    expect(choices[0]?.finish_reason).toBe('stop');
  });

  it('answers a json_schema with a document of that schema', () => {
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer', minimum: 3, maximum: 5 } },
      required: ['n'],
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
    const { choices } = complete('simulated-1', { messages: HELLO, response_format });
    const value = JSON.parse(choices[0]?.message.content ?? '') as { n: number };
    expect([3, 4, 5]).toContain(value.n);
  });

  it('reasons first and refuses when told', () => {
    const reasoned = complete('sim:reasoning=9:tokens=5', { messages: HELLO });
    expect(reasoned.choices[0]?.message.reasoning_content?.split(' ')).toHaveLength(9);
    expect(reasoned.usage).toMatchObject({
      completion_tokens: 14,
      completion_tokens_details: { reasoning_tokens: 9 },
    });
    const refused = complete('sim:refusal', { messages: HELLO });
    expect(refused.choices[0]?.message).toMatchObject({
      content: null,
      refusal: expect.stringContaining('refuses'),
    });
  });

  it('gives as many choices as asked', () => {
    const { choices } = complete('simulated-1', { messages: HELLO, n: 3 });
    expect(choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(new Set(choices.map((choice) => choice.message.content)).size).toBe(3);
  });

  it('answers a status fault with an error body and retry-after', () => {
    const script = build('sim:status=429:retry-after=7', { messages: HELLO });
    expect(script).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(JSON.parse(readAll(script).join(''))).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  });

  it.each<[string, number, string, Buffer]>([
    ['sim:nonsense', 404, 'model_not_found', Buffer.from('{}')],
    ['simulated-1', 400, 'null', Buffer.from('{"messages":[]}')],
    ['simulated-1', 400, 'null', Buffer.from('{broken')],
  ])('answers %s with %i as a provider would', (model, status, code, body) => {
    const script = buildSimulatedScript(parseSimulatedModel(model, {}), model, body, 0);
    expect(script.status).toBe(status);
    expect(String((JSON.parse(readAll(script).join('')) as Completion).error?.code)).toBe(code);
  });

  it('cuts a stream after exactly so many chunks and a whole body in its middle', () => {
    const streamed = build('sim:cut=5', { messages: HELLO, stream: true });
    expect(readAll(streamed)).toHaveLength(5);
    expect(streamed.end).toBe('reset');
    const whole = build('sim:cut=5', { messages: HELLO });
    expect(() => JSON.parse(readAll(whole).join('')) as unknown).toThrow(SyntaxError);
  });

  it('puts a frame that is no JSON where told, and ends without the marker', () => {
    const frames = readAll(build('sim:malformed=2', { messages: HELLO, stream: true }));
    expect(frames).toHaveLength(3);
    expect(() => JSON.parse(frames[2]?.slice(6) ?? '') as unknown).toThrow(SyntaxError);
  });

  it('lets a fault hit about its share of the requests, always the same ones', () => {
    const isHit = (index: number): boolean =>
      build('sim:status=500:share=0.25', { messages: [{ role: 'user', content: `q${index}` }] }).status ===
      500;
    const hits = Array.from({ length: 1000 }, (_, index) => isHit(index));
    const share = hits.filter(Boolean).length / 1000;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(hits.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, index) => isHit(index)));
  });

  it('takes the making of the tokens into the time of a whole answer', () => {
    expect(build('sim:latency=100:tps=50:tokens=25', { messages: HELLO }).headDelayMs).toBe(600);
  });
});
