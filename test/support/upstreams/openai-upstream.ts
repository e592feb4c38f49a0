import { OPENAI_DIALECT } from './openai/openai-dialect.ts';
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream-server.ts';

/** A server that speaks OpenAI's Chat Completions, embeddings and models. Its base URL is `${url}/v1`. */
export function startOpenAiUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  return startUpstream(OPENAI_DIALECT, options);
}
