import type { DialectAdapter } from '../dialect-adapter.port.js';
import { parseUsage } from './convert-usage.js';
import { nameMaxOutputTokens } from './model-traits.js';
import { parseError } from './parse-error.js';
import { parseRequest } from './parse-request.js';
import { parseResponse } from './parse-response.js';
import { createPassThrough } from './pass-through.js';
import { renderRequest } from './render-request.js';
import { renderResponse } from './render-response.js';
import { createStreamParser } from './stream-parser.js';
import { createStreamRenderer } from './stream-renderer.js';

/** OpenAI Chat Completions. Wire format: OpenAI's API reference and the types of its official SDK. */
export const openAiChatAdapter: DialectAdapter = {
  dialect: 'openai-chat',
  parseRequest,
  renderRequest,
  nameMaxOutputTokens,
  parseResponse,
  renderResponse,
  parseUsage: (body) => parseUsage(body.usage),
  createStreamParser,
  createStreamRenderer,
  createPassThrough,
  parseError,
};
