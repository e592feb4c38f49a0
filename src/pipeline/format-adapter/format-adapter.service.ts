import { Inject, Injectable } from '@nestjs/common';
import type { Dialect } from '../../chat/dialect.js';
import type { NativeChatRequest } from '../../chat/native-request.js';
import type { NativeChatResponse } from '../../chat/native-response.js';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { JsonObject } from '../../common/json.js';
import { createAnthropicMessagesAdapter } from './anthropic-messages/adapter.js';
import { parseCountTokensRequest } from './anthropic-messages/parse-request.js';
import { AnswerToolParser, mayUseAnswerTool, unwrapAnswerTool } from './answer-tool.js';
import type { DialectAdapter, StreamParser } from './dialect-adapter.port.js';
import { openAiChatAdapter } from './openai-chat/adapter.js';

/**
 * Format Adapter: every dialect to and from the native format, so that any client reaches any provider.
 *
 * Guarantees: what a client's body says is in the native request, in `extras` by name, or refused with 400 naming the
 * field; what a translation leaves out stands by name in `droppedParams`, but for members of parts and tools that only one
 * provider knows. Malformed bodies never raise anything but a GatewayError, malformed answers never anything but an
 * UpstreamFormatError or an `error` event.
 *
 * 1. A body is parsed once, strictly in what is known, leniently in what is not.
 * 2. For a provider of the same dialect the original bytes are forwarded; nothing here renders them.
 * 3. For another dialect the native request is rendered, and the answer comes back through the native events.
 *
 * No I/O and no state: it cannot fail for reasons outside the request.
 */
@Injectable()
export class FormatAdapterService {
  private readonly adapters: Readonly<Record<Dialect, DialectAdapter>>;

  constructor(@Inject(CLOCK) clock: Clock) {
    this.adapters = {
      'openai-chat': openAiChatAdapter,
      'anthropic-messages': createAnthropicMessagesAdapter(clock),
    };
  }

  getAdapter(dialect: Dialect): DialectAdapter {
    return this.adapters[dialect];
  }

  /** @throws GatewayError('invalid_request') naming the field. */
  adaptToNative(dialect: Dialect, body: JsonObject): NativeChatRequest {
    return this.adapters[dialect].parseRequest(body);
  }

  /** Reads a stream of the provider's `dialect` as the answer to `request`, which came in another. */
  createStreamParser(dialect: Dialect, request: NativeChatRequest): StreamParser {
    const parser = this.adapters[dialect].createStreamParser();
    return mayUseAnswerTool(request) ? new AnswerToolParser(parser) : parser;
  }

  /** A whole answer as the client is to see it: what the translation of its request added is taken out again. */
  adaptFromNative(response: NativeChatResponse, request: NativeChatRequest): NativeChatResponse {
    return mayUseAnswerTool(request) ? unwrapAnswerTool(response) : response;
  }

  /** A body of Anthropic's count_tokens. @throws GatewayError('invalid_request') naming the field. */
  parseCountTokensRequest(body: JsonObject): NativeChatRequest {
    return parseCountTokensRequest(body);
  }
}
