import type { JsonObject } from '../../common/json.js';
import { estimateCacheTokens, estimateInputTokens } from './estimate-request-tokens.js';
import { readAnthropic, readOpenai } from './token-counter.spec-support.js';

const MARK = { cache_control: { type: 'ephemeral' } };
const TEXT = 'word '.repeat(800);
/** 4,000 bytes at 4 bytes a token, times the factor of Claude 4.5. */
const TOKENS = 1_150;
const MODEL = 'claude-sonnet-4-5';
const TOOL = { name: 'f', input_schema: { type: 'object' } };

const text = (mark: JsonObject = {}): JsonObject => ({ type: 'text', text: TEXT, ...mark });

function estimate(body: JsonObject): number {
  return estimateCacheTokens(readAnthropic(body), MODEL);
}

describe('estimateInputTokens', () => {
  it('is all of it, marked or not', () => {
    const content = [text(), text(MARK), text()];
    const native = readAnthropic({ system: TEXT, messages: [{ role: 'user', content }] });
    expect(estimateInputTokens(native, MODEL)).toBe(4 * TOKENS);
  });
});

describe('estimateCacheTokens', () => {
  it('is 0 without a mark', () => {
    expect(estimate({ system: TEXT, messages: [{ role: 'user', content: TEXT }] })).toBe(0);
    expect(estimateCacheTokens(readOpenai({ messages: [{ role: 'user', content: TEXT }] }), 'gpt-4o')).toBe(
      0,
    );
  });

  it('counts what stands before the last mark and not what comes after it', () => {
    const content = [text(), text(MARK), text()];
    expect(estimate({ messages: [{ role: 'user', content }] })).toBe(2 * TOKENS);
    expect(estimate({ system: [text(MARK)], messages: [{ role: 'user', content: [text()] }] })).toBe(TOKENS);
    expect(
      estimate({ system: [text(MARK)], messages: [{ role: 'user', content: [text(), text(MARK)] }] }),
    ).toBe(3 * TOKENS);
  });

  it('puts tools before everything else', () => {
    const messages = [{ role: 'user', content: [text()] }];
    const marked = estimate({ tools: [TOOL, { ...TOOL, ...MARK }], messages });
    expect(marked).toBeGreaterThan(0);
    expect(marked).toBeLessThan(50);
    expect(estimate({ tools: [TOOL], system: [text(MARK)], messages })).toBeGreaterThan(TOKENS);
  });

  it('counts what is inside a marked tool result', () => {
    const result = { type: 'tool_result', tool_use_id: 't', content: [text()], ...MARK };
    expect(estimate({ messages: [{ role: 'user', content: [result] }] })).toBe(TOKENS);
  });
});
