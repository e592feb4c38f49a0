/** Encodings of the models that chat APIs serve. */
export type EncodingName = 'o200k_base' | 'cl100k_base';

/** Counts texts with a public tokenizer. */
export interface TextCounter {
  /**
   * Tokens of each text, in order; null for those that time did not suffice for. Markers of special tokens in a text count
   * as the ordinary text they are. `owner` is whose work it is: one owner's load does not crowd out the others.
   * @throws TextCountError when nothing could be counted.
   */
  countTexts(owner: string, encoding: EncodingName, texts: readonly string[]): Promise<(number | null)[]>;
  /** Ends what runs; later calls are refused. */
  close(): Promise<void>;
}

export const TEXT_COUNTER = Symbol('TextCounter');
