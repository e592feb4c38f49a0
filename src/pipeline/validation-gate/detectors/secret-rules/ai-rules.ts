import { type SecretRule, token } from './secret-rule.js';

/** Model providers and their tools, and the gateway itself. */
export const AI_RULES: readonly SecretRule[] = [
  token('tokenpak-key', ['tpk_', 'tpa_'], '[A-Za-z0-9]{49}(?![A-Za-z0-9])'),
  token('anthropic-key', ['sk-ant-'], '[a-z]{2,8}[0-9]{0,3}-[A-Za-z0-9_-]{32,}'),
  token('openai-project-key', ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], '[A-Za-z0-9_-]{20,}'),
  token('openrouter-key', ['sk-or-v1-'], '[0-9a-f]{64}'),
  token('langfuse-key', ['sk-lf-'], '[0-9a-f]{8}-[0-9a-f-]{27}'),
  // OpenAI's first form, and that of the many providers that took it over.
  token('openai-style-key', ['sk-'], '[A-Za-z0-9]{32,}'),
  token('huggingface-token', ['hf_', 'api_org_'], '[A-Za-z0-9]{34,}'),
  token('groq-key', ['gsk_'], '[A-Za-z0-9]{52,}'),
  token('xai-key', ['xai-'], '[A-Za-z0-9]{70,}'),
  token('perplexity-key', ['pplx-'], '[A-Za-z0-9]{40,}'),
  token('replicate-token', ['r8_'], '[A-Za-z0-9]{37}(?![A-Za-z0-9])'),
  token('fireworks-key', ['fw_'], '[A-Za-z0-9]{24}(?![A-Za-z0-9])'),
  token('cerebras-key', ['csk-'], '[a-z0-9]{48}'),
  token('nvidia-key', ['nvapi-'], '[A-Za-z0-9_-]{60,}'),
  token('pinecone-key', ['pcsk_'], '[A-Za-z0-9_]{60,}'),
  token('langsmith-key', ['lsv2_pt_', 'lsv2_sk_'], '[0-9a-f]{32}_[0-9a-f]{10}'),
  token('elevenlabs-key', ['sk_'], '[0-9a-f]{48}(?![A-Za-z0-9])'),
  token('tavily-key', ['tvly-'], '[A-Za-z0-9-]{32,}'),
];
