/**
 * The beginning of a text, at most `maxLength` UTF-16 units of it. What is kept must not be a slice: the engine lets a slice
 * hold the whole text it was cut from, so that a client that names a model of a megabyte would have a megabyte kept for
 * 256 characters. The way through bytes makes a copy, and of half a surrogate pair U+FFFD.
 */
export function clipText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : Buffer.from(text.slice(0, maxLength)).toString();
}
