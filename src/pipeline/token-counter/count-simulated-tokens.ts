import type { NativeChatRequest } from '../../chat/native-request.js';

const BYTES_PER_TOKEN = 4;

/** The two spellings of the simulated provider's models. */
export function isSimulatedModel(upstreamModel: string): boolean {
  return upstreamModel.startsWith('sim:') || upstreamModel.startsWith('simulated');
}

/** The simulated provider's own rule: a token is four bytes of the messages and tools, written as JSON. */
export function countSimulatedTokens(native: NativeChatRequest): number {
  const { messages, tools } = native.raw;
  const toolsText = tools === undefined ? '' : JSON.stringify(tools);
  const bytes = Buffer.byteLength(JSON.stringify(messages ?? [])) + Buffer.byteLength(toolsText);
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}
