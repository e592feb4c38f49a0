import type { NativeChatResponse } from '../../src/chat/native-response.ts';
import { totalInputTokens } from '../../src/chat/usage.ts';
import type { JsonObject } from '../../src/common/json.ts';
import { anthropic, openAi } from '../../src/pipeline/format-adapter/testing/stream-tools.ts';
import { anthropicResponse } from '../../src/pipeline/format-adapter/testing/wire-fixtures.ts';

const EMPTY: NativeChatResponse = {
  id: 'i',
  model: 'm',
  createdAtSeconds: 5,
  parts: [],
  finishReason: 'stop',
  stopSequence: null,
  usage: null,
};

describe('usage', () => {
  const parse = (usage: JsonObject): unknown => openAi.parseUsage({ usage });

  it('is unknown, not zero, where a total is missing', () => {
    for (const usage of [
      {},
      { prompt_tokens: 1 },
      { completion_tokens: 1 },
      { prompt_tokens: -1, completion_tokens: 1 },
      { prompt_tokens: 1.5, completion_tokens: 1 },
    ]) {
      expect(parse(usage)).toBeNull();
      expect(anthropic.parseUsage({ usage })).toBeNull();
    }
  });

  it('keeps the equation of both dialects through either', () => {
    const usage = anthropic.parseUsage(anthropicResponse);
    if (usage === null) throw new Error('The fixture has no usage');
    expect(totalInputTokens(usage)).toBe(90);
    const response = { ...EMPTY, usage };
    const told = openAi.parseUsage(openAi.renderResponse(response));
    expect(told).toMatchObject({
      inputTokens: 40,
      cacheReadTokens: 20,
      cacheWriteTokens: 30,
      outputTokens: 15,
      reasoningTokens: 4,
    });
    expect(anthropic.parseUsage(anthropic.renderResponse(response))).toEqual(usage);
  });

  it('counts reasoning as output where a server leaves it out of completion_tokens', () => {
    const xai = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 45,
      completion_tokens_details: { reasoning_tokens: 30 },
      prompt_tokens_details: { cached_tokens: 4 },
    };
    expect(parse(xai)).toMatchObject({
      inputTokens: 6,
      cacheReadTokens: 4,
      outputTokens: 35,
      reasoningTokens: 30,
    });
    expect(parse({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 45 })).toMatchObject({
      outputTokens: 35,
      reasoningTokens: 30,
    });
    const openAiLike = {
      prompt_tokens: 10,
      completion_tokens: 35,
      total_tokens: 45,
      completion_tokens_details: { reasoning_tokens: 30 },
    };
    expect(parse(openAiLike)).toMatchObject({ outputTokens: 35, reasoningTokens: 30 });
  });

  it('never counts cached input as output, nor more of it than there is input', () => {
    const apart = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 55, prompt_cache_hit_tokens: 8 };
    expect(parse(apart)).toMatchObject({
      inputTokens: 2,
      cacheReadTokens: 8,
      outputTokens: 5,
      reasoningTokens: null,
    });
    expect(
      parse({ prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 99 } }),
    ).toMatchObject({ inputTokens: 0, cacheReadTokens: 10 });
  });
});
