import type { NativeChatRequest, NativePart } from '../../chat/native-request.js';
import { estimateTokensOfBytes } from './estimate-text-tokens.js';
import { estimateMediaTokens, type MediaReader } from './media-tokens.js';
import { findTokenProfile, type TokenProfile } from './token-profile.js';

/** About how many input tokens a request is. Texts are sized by their bytes. */
export function estimateInputTokens(native: NativeChatRequest, upstreamModel: string): number {
  return sizeRequest(native, upstreamModel).tokens;
}

/**
 * About how many of them lie before its last cache mark: the prefix that the provider can keep. Prefixes begin with the tools,
 * then come system prompt and messages. 0 without a mark.
 */
export function estimateCacheTokens(native: NativeChatRequest, upstreamModel: string): number {
  return sizeRequest(native, upstreamModel).markedTokens;
}

function sizeRequest(native: NativeChatRequest, upstreamModel: string): RequestSizer {
  const sizer = new RequestSizer(upstreamModel);
  for (const tool of native.tools) {
    sizer.add(sizer.sizeText(JSON.stringify(tool.parameters) + tool.name + (tool.description ?? '')), tool);
  }
  for (const { parts } of native.messages) {
    for (const part of parts) sizer.addPart(part);
  }
  return sizer;
}

class RequestSizer {
  tokens = 0;
  markedTokens = 0;
  private readonly profile: TokenProfile;
  private readonly reader: MediaReader;

  constructor(upstreamModel: string) {
    this.profile = findTokenProfile(upstreamModel);
    this.reader = { upstreamModel, family: this.profile.family };
  }

  add(tokens: number, marked: object): void {
    this.tokens += tokens;
    if ('cacheMark' in marked && marked.cacheMark !== null) this.markedTokens = this.tokens;
  }

  addPart(part: NativePart): void {
    if (part.type === 'tool-result') part.content.forEach((inner) => this.addPart(inner));
    this.add(this.sizePart(part), part);
  }

  sizeText(text: string): number {
    return estimateTokensOfBytes(Buffer.byteLength(text), this.profile);
  }

  private sizePart(part: NativePart): number {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        return this.sizeText(part.text);
      case 'reasoning-redacted':
        return this.sizeText(part.data);
      case 'tool-call':
        return this.sizeText(part.name + part.argumentsJson);
      case 'tool-result':
        return 0;
      case 'document':
        return (
          this.sizeText(part.source.kind === 'text' ? part.source.text : '') +
          estimateMediaTokens(part, this.reader)
        );
      case 'image':
      case 'audio':
        return estimateMediaTokens(part, this.reader);
    }
  }
}
