import { ConsoleLogger, Logger } from '@nestjs/common';
import type { JsonObject } from '../../common/json.js';
import { TextCountError } from './text-count-error.js';
import type { TextCounter } from './text-counter.port.js';
import { TokenCounterService } from './token-counter.service.js';
import {
  countInThread,
  readAnthropic,
  readOpenai,
  RecordingTextCounter,
} from './token-counter.spec-support.js';
import { VaultIndex } from './vault-index.js';

const LIMITS = { maxEntries: 1_000, maxBytes: 1_000_000 };

/** The conversations whose counts by OpenAI's API are printed in its cookbook on counting tokens. */
const JARGON = [
  [
    'system',
    null,
    'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
  ],
  ['system', 'example_user', 'New synergies will help drive top-line growth.'],
  ['system', 'example_assistant', 'Things working well together will increase revenue.'],
  [
    'system',
    'example_user',
    "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
  ],
  ['system', 'example_assistant', "Let's talk later when we're less busy about how to do better."],
  ['user', null, "This late pivot means we don't have time to boil the ocean for the client deliverable."],
].map(([role, name, content]): JsonObject => ({ role, content, ...(name === null ? {} : { name }) }));

const WEATHER_TOOL = {
  name: 'get_current_weather',
  description: 'Get the current weather in a given location',
  parameters: {
    type: 'object',
    properties: {
      location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
      unit: {
        type: 'string',
        description: 'The unit of temperature to return',
        enum: ['celsius', 'fahrenheit'],
      },
    },
    required: ['location'],
  },
};
const WEATHER = {
  messages: [
    {
      role: 'system',
      content: 'You are a helpful assistant that can answer to questions about the weather.',
    },
    { role: 'user', content: "What's the weather like in San Francisco?" },
  ],
  tools: [{ type: 'function', function: WEATHER_TOOL }],
};

describe('TokenCounterService', () => {
  let counter: RecordingTextCounter;
  let service: TokenCounterService;

  function createService(textCounter: TextCounter = counter): TokenCounterService {
    return new TokenCounterService(textCounter, new VaultIndex(LIMITS));
  }

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(new ConsoleLogger()));

  beforeEach(() => {
    counter = new RecordingTextCounter();
    service = createService();
  });

  describe('countTokens', () => {
    it.each([
      ['gpt-4', JARGON, 129],
      ['gpt-3.5-turbo', JARGON, 129],
      ['gpt-4o', JARGON, 124],
      ['gpt-4o-mini-2024-07-18', JARGON, 124],
    ])('counts what the API of %s counted for messages', async (model, messages, tokens) => {
      const count = await service.countTokens('t1', readOpenai({ messages }), model);
      expect(count).toEqual({ tokens, source: 'tokenizer' });
    });

    it.each([
      ['gpt-4', 105],
      ['gpt-4o', 101],
    ])('counts what the API of %s counted for messages with a tool', async (model, tokens) => {
      expect(await service.countTokens('t1', readOpenai(WEATHER), model)).toEqual({
        tokens,
        source: 'tokenizer',
      });
    });

    it.each(['claude-sonnet-4-5', 'claude-opus-5-5'])(
      'estimates for %s, which publishes no tokenizer, near what the provider documents',
      async (model) => {
        const native = readAnthropic({
          system: 'You are a scientist',
          messages: [{ role: 'user', content: 'Hello, Claude' }],
        });
        const count = await service.countTokens('t1', native, model);
        expect(count.source).toBe('estimate');
        // The provider's documentation prints 14.
        expect(count.tokens).toBeGreaterThanOrEqual(14);
        expect(count.tokens).toBeLessThanOrEqual(26);
      },
    );

    it('counts the hidden tool prompt of Claude', async () => {
      const native = readAnthropic({
        messages: [{ role: 'user', content: "What's the weather like in San Francisco?" }],
        tools: [
          {
            name: 'get_weather',
            description: 'Get the current weather in a given location',
            input_schema: {
              type: 'object',
              properties: {
                location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
              },
              required: ['location'],
            },
          },
        ],
      });
      const { tokens } = await service.countTokens('t1', native, 'claude-opus-4-1');
      // The provider's documentation prints 403.
      expect(tokens).toBeGreaterThan(350);
      expect(tokens).toBeLessThan(450);
    });

    it('says estimate for an unknown model, and for what no published rule covers', async () => {
      const plain = readOpenai({ messages: [{ role: 'user', content: 'hi' }] });
      const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
      const withCall = readOpenai({ messages: [{ role: 'assistant', tool_calls: [call] }] });
      expect((await service.countTokens('t1', plain, 'my-own-model')).source).toBe('estimate');
      expect((await service.countTokens('t1', withCall, 'gpt-4o')).source).toBe('estimate');
      expect((await service.countTokens('t1', plain, 'gpt-4o')).source).toBe('tokenizer');
    });

    it('counts the definitions of a provider’s own tools and of an answer’s schema, and says estimate', async () => {
      const messages = [{ role: 'user', content: 'hi' }];
      const plain = await service.countTokens('t1', readOpenai({ messages }), 'gpt-4o');
      const tools = [{ type: 'custom', custom: { name: 'patch', description: 'word '.repeat(50) } }];
      const schema = { type: 'object', description: 'word '.repeat(50) };
      const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } };
      for (const body of [
        { messages, tools },
        { messages, response_format },
      ]) {
        const count = await service.countTokens('t1', readOpenai(body), 'gpt-4o');
        expect(count.source).toBe('estimate');
        expect(count.tokens).toBeGreaterThan(plain.tokens + 50);
      }
    });

    it('counts for the simulated provider by its own rule', async () => {
      const native = readOpenai(WEATHER);
      const bytes = JSON.stringify(WEATHER.messages).length + JSON.stringify(WEATHER.tools).length;
      const count = { tokens: Math.ceil(bytes / 4), source: 'tokenizer' };
      expect(await service.countTokens('t1', native, 'simulated-1')).toEqual(count);
      expect(await service.countTokens('t1', native, 'sim:latency=5')).toEqual(count);
      expect(counter.calls).toHaveLength(0);
    });

    it('counts only the new message of a conversation that grew by one', async () => {
      const messages = [...JARGON];
      const first = await service.countTokens('t1', readOpenai({ messages }), 'gpt-4o');
      counter.calls.length = 0;
      messages.push({ role: 'assistant', content: 'We cannot do all of it now.' });
      const second = await service.countTokens('t1', readOpenai({ messages }), 'gpt-4o');
      expect(counter.listTexts()).toEqual(['We cannot do all of it now.']);
      expect(second.tokens).toBe(
        first.tokens + 4 + countInThread('o200k_base', 'We cannot do all of it now.'),
      );
    });

    it('asks the tokenizer once for a request, and not at all for one that it has seen', async () => {
      await service.countTokens('t1', readOpenai(WEATHER), 'gpt-4o');
      await service.countTokens('t1', readOpenai(WEATHER), 'gpt-4o');
      expect(counter.calls).toHaveLength(1);
      expect(counter.calls[0]).toMatchObject({ owner: 't1', encoding: 'o200k_base' });
    });

    it('counts again for another tenant and for another encoding', async () => {
      const native = readOpenai({ messages: [{ role: 'user', content: 'hi' }] });
      await service.countTokens('t1', native, 'gpt-4o');
      await service.countTokens('t2', native, 'gpt-4o');
      await service.countTokens('t1', native, 'gpt-4');
      await service.countTokens('t1', native, 'gpt-4.1');
      expect(counter.calls.map(({ owner, encoding }) => [owner, encoding])).toEqual([
        ['t1', 'o200k_base'],
        ['t2', 'o200k_base'],
        ['t1', 'cl100k_base'],
      ]);
    });

    it.each([new TextCountError('overloaded'), new TextCountError('crashed'), new Error('a bug')])(
      'estimates by bytes when nothing can be counted (%s), and counts once it can again',
      async (error) => {
        const failing = new RecordingTextCounter();
        let isBroken = true;
        const fragile = createService({
          countTexts: (...call) => (isBroken ? Promise.reject(error) : failing.countTexts(...call)),
          close: () => failing.close(),
        });
        const native = readOpenai({ messages: JARGON });
        const estimate = await fragile.countTokens('t1', native, 'gpt-4o');
        expect(estimate.source).toBe('estimate');
        expect(estimate.tokens).toBeGreaterThan(100);
        expect(estimate.tokens).toBeLessThan(170);
        isBroken = false;
        expect(await fragile.countTokens('t1', native, 'gpt-4o')).toEqual({
          tokens: 124,
          source: 'tokenizer',
        });
      },
    );

    it('keeps what was counted in time and estimates the rest', async () => {
      const partial = createService({
        countTexts: (_owner, _encoding, texts) =>
          Promise.resolve(texts.map((text) => (text === 'slow' ? null : 100))),
        close: () => Promise.resolve(),
      });
      const messages = ['quick', 'slow'].map((content) => ({ role: 'user', content }));
      const count = await partial.countTokens('t1', readOpenai({ messages }), 'gpt-4o');
      expect(count).toEqual({ tokens: 3 + 4 + 100 + 4 + 1, source: 'estimate' });
    });

    it('does not hand over more than two million characters at once, and never one message twice as long', async () => {
      const contents = ['a '.repeat(600_000), 'b '.repeat(600_000), 'short'];
      const messages = contents.map((content) => ({ role: 'user', content }));
      const count = await service.countTokens('t1', readOpenai({ messages }), 'gpt-4o');
      expect(counter.listTexts()).toEqual([contents[0], 'short']);
      expect(count.source).toBe('estimate');
    });
  });

  it('estimates output by bytes, more for models with finer tokens', () => {
    expect(service.estimateOutputTokens(400, 'gpt-4o')).toBe(100);
    expect(service.estimateOutputTokens(400, 'claude-sonnet-4-5')).toBe(115);
    expect(service.estimateOutputTokens(400, 'claude-opus-5-5')).toBe(150);
    expect(service.estimateOutputTokens(0, 'gpt-4o')).toBe(0);
    expect(service.estimateOutputTokens(1, 'gpt-4o')).toBe(1);
  });

  it('ends the counting threads when the application ends', async () => {
    await service.onApplicationShutdown();
    expect(counter.isClosed).toBe(true);
  });
});
