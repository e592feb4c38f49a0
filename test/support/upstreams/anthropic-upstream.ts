import { createAnthropicDialect } from './anthropic/anthropic-dialect.ts';
import type { AnthropicStrictness } from './anthropic/check-anthropic-request.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream-server.ts';

export type AnthropicUpstreamOptions = UpstreamOptions & AnthropicStrictness;

/** A server that speaks Anthropic's Messages, count_tokens and models. Its base URL is `${url}/v1`, an SDK's is `url`. */
export function startAnthropicUpstream(options: AnthropicUpstreamOptions = {}): Promise<Upstream> {
  return startUpstream(createAnthropicDialect(options), options);
}
