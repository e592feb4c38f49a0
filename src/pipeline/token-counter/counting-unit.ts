/** A part of a request that is counted, and remembered, as one: a message, the tools, the response format. */
export interface CountingUnit {
  /** What the tokenizer sees. */
  texts: string[];
  /** Tokens for what surrounds the texts, and for media. */
  extraTokens: number;
  /** Published rules say all of it; else something was estimated. */
  isExact: boolean;
}
