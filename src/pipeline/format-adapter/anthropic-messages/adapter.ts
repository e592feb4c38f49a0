import { type Clock, SystemClock } from '../../../common/clock.port.js';
import type { DialectAdapter } from '../dialect-adapter.port.js';
import { parseUsage } from './convert-usage.js';
import { parseError } from './parse-error.js';
import { parseRequest } from './parse-request.js';
import { parseResponse } from './parse-response.js';
import { createPassThrough } from './pass-through.js';
import { renderRequest } from './render-request.js';
import { renderResponse } from './render-response.js';
import { createStreamParser } from './stream-parser.js';
import { createStreamRenderer } from './stream-renderer.js';

/**
 * Anthropic Messages. Wire format: Anthropic's API reference and the types of its official SDK. The clock dates answers,
 * which this wire format does not and others must.
 */
export function createAnthropicMessagesAdapter(clock: Clock): DialectAdapter {
  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1_000);
  return {
    dialect: 'anthropic-messages',
    parseRequest,
    renderRequest,
    nameMaxOutputTokens: () => 'max_tokens',
    parseResponse: (body) => parseResponse(body, nowSeconds()),
    renderResponse,
    parseUsage: (body) => parseUsage(body.usage),
    createStreamParser: () => createStreamParser(nowSeconds()),
    createStreamRenderer,
    createPassThrough,
    parseError,
  };
}

export const anthropicMessagesAdapter: DialectAdapter = createAnthropicMessagesAdapter(new SystemClock());
