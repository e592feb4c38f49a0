/**
 * The bytes of an answer as it crosses the wire, in the form in which they are at hand: a buffer, or a string with one code
 * unit for each byte (`latin1`). The memory cache keeps strings (docs/adr/0013), and Node.js sends a string together with the
 * headers in one piece. The other form is made when it is first asked for.
 */
export class WireBytes {
  private constructor(
    private asBuffer: Buffer | null,
    private asText: string | null,
    /** Bytes. */
    readonly length: number,
  ) {}

  static ofBuffer(buffer: Buffer): WireBytes {
    return new WireBytes(buffer, null, buffer.length);
  }

  /** @param text one code unit for each byte, none above 0xff. */
  static ofLatin1(text: string): WireBytes {
    return new WireBytes(null, text, text.length);
  }

  get buffer(): Buffer {
    return (this.asBuffer ??= Buffer.from(this.asText ?? '', 'latin1'));
  }

  get latin1(): string {
    return (this.asText ??= this.buffer.toString('latin1'));
  }
}
