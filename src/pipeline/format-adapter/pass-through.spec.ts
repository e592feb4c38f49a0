import fc from 'fast-check';
import { anthropicMessagesAdapter } from './anthropic-messages/adapter.js';
import type { PassThroughStream } from './dialect-adapter.port.js';
import { openAiChatAdapter } from './openai-chat/adapter.js';
import {
  anthropicStream,
  cutAt,
  cutEverywhere,
  openAiStream,
  openAiStreamWithUsage,
} from './testing/wire-fixtures.js';

function pass(stream: PassThroughStream, chunks: readonly Buffer[]): string {
  const forwarded = chunks.map((chunk) => stream.push(chunk));
  return Buffer.concat([...forwarded, stream.finish()].filter((bytes) => bytes !== null)).toString('utf8');
}

const watchOpenAi = (): PassThroughStream => openAiChatAdapter.createPassThrough({ hideUsage: false });
const hideOpenAi = (): PassThroughStream => openAiChatAdapter.createPassThrough({ hideUsage: true });
const watchAnthropic = (): PassThroughStream =>
  anthropicMessagesAdapter.createPassThrough({ hideUsage: true });

const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
const cr = (text: string): string => text.replaceAll('\n', '\r');
const spaced = (text: string): string =>
  text.replaceAll('"usage":', '"usage" : ').replaceAll(',"usage"', ', "usage"');

describe.each([
  [
    'openai-chat',
    watchOpenAi,
    openAiStreamWithUsage,
    { inputTokens: 40, cacheReadTokens: 60, outputTokens: 20 },
  ],
  ['openai-chat with CRLF', watchOpenAi, crlf(openAiStreamWithUsage), { inputTokens: 40, outputTokens: 20 }],
  [
    'openai-chat with spaces',
    watchOpenAi,
    spaced(openAiStreamWithUsage),
    { inputTokens: 40, outputTokens: 20 },
  ],
  [
    'anthropic-messages',
    watchAnthropic,
    anthropicStream,
    { inputTokens: 40, cacheWrite1hTokens: 20, outputTokens: 15 },
  ],
  [
    'anthropic-messages with CRLF',
    watchAnthropic,
    crlf(anthropicStream),
    { inputTokens: 40, outputTokens: 15 },
  ],
])('watching a stream of %s', (_name, create, text, usage) => {
  const bytes = Buffer.from(text);

  it('forwards every byte and learns usage and end wherever it is cut', () => {
    for (let at = 0; at <= bytes.length; at += 1) {
      const stream = create();
      if (pass(stream, cutAt(bytes, at)) !== text) throw new Error(`Changed when cut at ${at}`);
      expect([stream.ended, stream.error]).toEqual([true, null]);
    }
    const stream = create();
    pass(stream, [bytes]);
    expect(stream.usage).toMatchObject(usage);
  });

  it('forwards each chunk at once as the same object', () => {
    const stream = create();
    for (const chunk of cutEverywhere(bytes)) expect(stream.push(chunk)).toBe(chunk);
    expect(stream.finish()).toBeNull();
  });

  it('does not take a cut stream for an ended one', () => {
    const stream = create();
    pass(stream, [bytes.subarray(0, bytes.length - 40)]);
    expect(stream.ended).toBe(false);
  });

  it('counts the bytes of the answer so far', () => {
    const stream = create();
    pass(stream, [bytes]);
    expect(stream.outputBytes).toBeGreaterThan(20);
    expect(stream.outputBytes).toBeLessThan(120);
  });
});

describe('hiding the usage that only metering asked for', () => {
  it.each([
    ['LF', openAiStreamWithUsage, openAiStream],
    ['CRLF', crlf(openAiStreamWithUsage), crlf(openAiStream)],
    ['CR', cr(openAiStreamWithUsage), cr(openAiStream)],
    ['spaces', spaced(openAiStreamWithUsage), openAiStream],
  ])(
    'gives the stream as it is without include_usage, wherever it is cut (%s)',
    (_name, upstream, expected) => {
      const bytes = Buffer.from(upstream);
      for (let at = 0; at <= bytes.length; at += 1) {
        const stream = hideOpenAi();
        const forwarded = pass(stream, cutAt(bytes, at));
        // The texts of the fixture that look like the member keep their spelling, which `spaced` has changed.
        expect(forwarded.replaceAll('\\"usage\\" : ', '\\"usage\\":')).toBe(expected);
        expect(stream.usage?.outputTokens).toBe(20);
        expect(stream.ended).toBe(true);
      }
      expect(pass(hideOpenAi(), cutEverywhere(bytes)).replaceAll('\\"usage\\" : ', '\\"usage\\":')).toBe(
        expected,
      );
    },
  );

  it('removes the member with its comma wherever in the chunk it stands', () => {
    const middle = 'data: {"id":"1","usage":null,"choices":[{"delta":{"usage":null}}]}\n\n';
    expect(pass(hideOpenAi(), [Buffer.from(middle)])).toBe(
      'data: {"id":"1","choices":[{"delta":{"usage":null}}]}\n\n',
    );
    const first = 'data: {"usage" : null , "id":"1"}\n\n';
    expect(pass(hideOpenAi(), [Buffer.from(first)])).toBe('data: {"id":"1"}\n\n');
    const last = ': "{"\ndata: {"choices":[{"delta":{"usage":null}}],"usage":null}\n\n';
    expect(pass(hideOpenAi(), [Buffer.from(last)])).toBe(
      ': "{"\ndata: {"choices":[{"delta":{"usage":null}}]}\n\n',
    );
    const only = 'data: {"usage":null}\n\n';
    expect(pass(hideOpenAi(), [Buffer.from(only)])).toBe('data: {}\n\n');
  });

  it('leaves comments, unknown events and usage that came with a choice alone, in one piece where nothing was edited', () => {
    const chunk = Buffer.from(
      ': keep-alive\r\n\r\nevent: odd\ndata: not json\n\ndata: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n',
    );
    const stream = hideOpenAi();
    expect(stream.push(chunk)).toBe(chunk);
    expect(stream.usage).toMatchObject({ inputTokens: 1, outputTokens: 2 });
  });

  it('lets a frame beyond the bound go instead of holding it', () => {
    const stream = hideOpenAi();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let forwarded = 0;
    for (let count = 0; count < 20; count += 1) forwarded += stream.push(chunk)?.length ?? 0;
    expect(forwarded).toBe(20 * chunk.length);
  });

  it('never changes a stream that has neither usage chunks nor usage members', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (text, at) => {
        const bytes = Buffer.from(text.replaceAll('usage', ''));
        expect(pass(hideOpenAi(), cutAt(bytes, at))).toBe(bytes.toString('utf8'));
      }),
      { numRuns: 500 },
    );
  });
});

describe('errors inside a stream', () => {
  it('are seen in both dialects', () => {
    const openAi = watchOpenAi();
    pass(openAi, [Buffer.from('data: {"error" : {"message":"busy","code":"overloaded"}}\n\n')]);
    expect(openAi.error).toMatchObject({ code: 'overloaded', message: 'busy' });
    const anthropic = watchAnthropic();
    pass(anthropic, [
      Buffer.from(
        'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
      ),
    ]);
    expect(anthropic.error).toMatchObject({ code: 'overloaded_error', message: 'busy' });
  });

  it('are not seen where an answer only talks about them', () => {
    const stream = watchOpenAi();
    pass(stream, [
      Buffer.from(
        'data: {"choices":[{"delta":{"content":"error"}}],"error":null}\n\ndata: {"choices":[{"delta":{"content":"[DONE]"}}]}\n\n',
      ),
    ]);
    expect(stream.error).toBeNull();
    expect(stream.ended).toBe(false);
  });
});
