import { configureOne } from '../support/gateway-configs.ts';
import { type Answer, TestGateway } from '../support/gateway.ts';
import { startAnthropicUpstream } from '../support/upstreams/anthropic-upstream.ts';
import type { UpstreamBehaviour } from '../support/upstreams/behaviour.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

const TEXT = 'Zürich liegt am See 🌊.';
const CALL = { name: 'get_weather', arguments: { city: 'Zürich', days: 2 } };

type ClientDialect = 'openai' | 'anthropic';
const START = { openai: startOpenAiUpstream, anthropic: startAnthropicUpstream };

/** What a client of a dialect understands of an answer, whole or streamed; written apart from the product's own parsers. */
interface Understood {
  text: string;
  calls: { name: string; arguments: unknown }[];
  finish: string | null;
  outputTokens: number | null;
  ended: boolean;
  error: unknown;
}

function readFrames(text: string): { event: string | null; data: any }[] {
  return text
    .split(/\r\n\r\n|\n\n|\r\r/)
    .map((frame) => frame.split(/\r\n|\n|\r/))
    .map((lines) => ({
      event:
        lines
          .find((line) => line.startsWith('event:'))
          ?.slice(6)
          .trim() ?? null,
      data: lines
        .find((line) => line.startsWith('data:'))
        ?.slice(5)
        .trim(),
    }))
    .filter(({ data }) => data !== undefined)
    .map(({ event, data }) => ({ event, data: data === '[DONE]' ? '[DONE]' : JSON.parse(data as string) }));
}

function understandOpenAiStream(text: string): Understood {
  const result: Understood = {
    text: '',
    calls: [],
    finish: null,
    outputTokens: null,
    ended: false,
    error: null,
  };
  const calls: { name: string; json: string }[] = [];
  for (const { data } of readFrames(text)) {
    if (data === '[DONE]') result.ended = true;
    else if (data.error !== undefined) result.error = data.error;
    else {
      const choice = data.choices[0];
      result.text += choice?.delta.content ?? '';
      for (const part of choice?.delta.tool_calls ?? []) {
        const call = (calls[part.index as number] ??= { name: '', json: '' });
        call.name += part.function?.name ?? '';
        call.json += part.function?.arguments ?? '';
      }
      result.finish = choice?.finish_reason ?? result.finish;
      result.outputTokens = data.usage?.completion_tokens ?? result.outputTokens;
    }
  }
  result.calls = calls.map(({ name, json }) => ({ name, arguments: result.ended ? JSON.parse(json) : json }));
  return result;
}

function understandAnthropicStream(text: string): Understood {
  const result: Understood = {
    text: '',
    calls: [],
    finish: null,
    outputTokens: null,
    ended: false,
    error: null,
  };
  const calls = new Map<number, { name: string; json: string }>();
  for (const { event, data } of readFrames(text)) {
    if (event === 'error') result.error = data.error;
    else if (event === 'message_stop') result.ended = true;
    else if (event === 'content_block_start' && data.content_block.type === 'tool_use') {
      calls.set(data.index, { name: data.content_block.name, json: '' });
    } else if (event === 'content_block_delta') {
      result.text += data.delta.text ?? '';
      const call = calls.get(data.index);
      if (call !== undefined) call.json += data.delta.partial_json ?? '';
    } else if (event === 'message_delta') {
      result.finish = data.delta.stop_reason ?? result.finish;
      result.outputTokens = data.usage?.output_tokens ?? result.outputTokens;
    }
  }
  result.calls = [...calls.values()].map(({ name, json }) => ({
    name,
    arguments: result.ended ? JSON.parse(json) : json,
  }));
  return result;
}

function understandWhole(dialect: ClientDialect, json: any): Understood {
  const common = { ended: true, error: json.error ?? null };
  if (dialect === 'openai') {
    const { message, finish_reason: finish } = json.choices[0];
    const calls = (message.tool_calls ?? []).map((call: any) => ({
      name: call.function.name,
      arguments: JSON.parse(call.function.arguments),
    }));
    return {
      text: message.content ?? '',
      calls,
      finish,
      outputTokens: json.usage.completion_tokens,
      ...common,
    };
  }
  return {
    text: json.content.map((block: any) => block.text ?? '').join(''),
    calls: json.content
      .filter((block: any) => block.type === 'tool_use')
      .map((block: any) => ({ name: block.name, arguments: block.input })),
    finish: json.stop_reason,
    outputTokens: json.usage.output_tokens,
    ...common,
  };
}

const FINISH = {
  openai: { stop: 'stop', tools: 'tool_calls', length: 'length' },
  anthropic: { stop: 'end_turn', tools: 'tool_use', length: 'max_tokens' },
};
const TOOL = {
  openai: { type: 'function', function: { name: CALL.name, parameters: { type: 'object', properties: {} } } },
  anthropic: { name: CALL.name, input_schema: { type: 'object', properties: {} } },
};

const PAIRS: [ClientDialect, ClientDialect][] = [
  ['openai', 'openai'],
  ['openai', 'anthropic'],
  ['anthropic', 'openai'],
  ['anthropic', 'anthropic'],
];

describe.each(PAIRS)('%s client to %s provider', (client, provider) => {
  let upstream: Upstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await START[provider]({ keepsRequests: false });
    gateway = await TestGateway.start({ config: configureOne(provider, upstream) });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  const ask = (behaviour: UpstreamBehaviour, stream: boolean): Promise<Answer> => {
    const prompt = `Hi [[upstream ${JSON.stringify(behaviour)}]]`;
    const body = { messages: [{ role: 'user', content: prompt }], tools: [TOOL[client]], stream };
    if (client === 'anthropic') return gateway.messages(body);
    return gateway.chat({ ...body, ...(stream ? { stream_options: { include_usage: true } } : {}) });
  };
  const understandStream = client === 'openai' ? understandOpenAiStream : understandAnthropicStream;
  const understand = async (behaviour: UpstreamBehaviour, stream: boolean): Promise<Understood> => {
    const answer = await ask(behaviour, stream);
    expect(answer.status).toBe(200);
    return stream ? understandStream(answer.text) : understandWhole(client, answer.json);
  };

  it.each([false, true])('brings text, finish and usage (stream: %s)', async (stream) => {
    const answer = await understand({ text: TEXT }, stream);
    expect(answer).toMatchObject({
      text: TEXT,
      calls: [],
      finish: FINISH[client].stop,
      ended: true,
      error: null,
    });
    expect(answer.outputTokens).toBeGreaterThan(0);
  });

  it.each([false, true])('brings tool calls (stream: %s)', async (stream) => {
    const answer = await understand({ toolCalls: [CALL, CALL], argumentFragmentLength: 4 }, stream);
    expect(answer).toMatchObject({ calls: [CALL, CALL], finish: FINISH[client].tools, ended: true });
  });

  it.each([false, true])('says that the answer was cut by its limit (stream: %s)', async (stream) => {
    const answer = await understand({ text: TEXT, finishReason: FINISH[provider].length }, stream);
    expect(answer.finish).toBe(FINISH[client].length);
  });

  it('understands a stream that was split at every byte', async () => {
    const whole = await understand({ text: TEXT }, true);
    const length = (await ask({ text: TEXT }, true)).text.length + 600;
    const offsets = Array.from({ length }, (_, index) => index + 1);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < offsets.length) {
        const answer = await understand(
          { text: TEXT, splitBytes: [offsets[next++] as number, 1_000_000] },
          true,
        );
        expect(answer).toEqual(whole);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(await understand({ text: TEXT, splitBytes: [1], lineEnd: '\r\n', pings: true }, true)).toEqual(
      whole,
    );
  }, 60_000);

  it('ends a stream that was cut in the middle with an error event and no end marker', async () => {
    for (const behaviour of [{ cutAfterFrames: 5 }, { endAfterFrames: 5 }, { malformedAtFrame: 4 }]) {
      const { text } = await ask({ text: TEXT.repeat(3), ...behaviour }, true);
      if ('malformedAtFrame' in behaviour && client === provider) continue;
      const answer = understandStream(text);
      expect(answer.ended).toBe(false);
      expect(answer.error).toMatchObject({ message: expect.stringMatching(/\w/) });
    }
  });

  it("carries the provider's refusal in the client's dialect", async () => {
    const answer = await ask({ status: 400, errorMessage: 'context too long' }, false);
    expect(answer.status).toBe(400);
    expect(answer.json.error.message).toContain('context too long');
    expect(answer.json.type).toBe(client === 'anthropic' ? 'error' : undefined);
  });
});
