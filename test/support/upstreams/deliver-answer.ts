import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { UpstreamBehaviour } from './behaviour.ts';

export interface UpstreamAnswer {
  status: number;
  headers: Record<string, string>;
  /** One per frame of a stream; one alone for a whole body. */
  chunks: Buffer[];
  streams: boolean;
}

/** Sends an answer with the timing and the breakage that the behaviour asks for. Ends early when the client leaves. */
export async function deliverAnswer(
  response: ServerResponse,
  answer: UpstreamAnswer,
  behaviour: UpstreamBehaviour,
): Promise<void> {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  try {
    await new AnswerSender(response, answer, behaviour, controller.signal).send();
  } catch (error) {
    // The client left or the server closes: the wait was aborted, there is nobody to answer.
    if (!controller.signal.aborted) throw error;
  }
}

class AnswerSender {
  private readonly response: ServerResponse;
  private readonly answer: UpstreamAnswer;
  private readonly behaviour: UpstreamBehaviour;
  private readonly signal: AbortSignal;
  private bytesSent = 0;
  private writes = 0;

  constructor(
    response: ServerResponse,
    answer: UpstreamAnswer,
    behaviour: UpstreamBehaviour,
    signal: AbortSignal,
  ) {
    this.response = response;
    this.answer = answer;
    this.behaviour = behaviour;
    this.signal = signal;
  }

  async send(): Promise<void> {
    const { behaviour, response } = this;
    if (behaviour.headDelayMs !== undefined) await this.wait(behaviour.headDelayMs);
    if (behaviour.stall === true) return;
    if (behaviour.cutBeforeHead === true) {
      response.destroy();
      return;
    }
    const chunks = this.listChunks();
    this.writeHead(chunks);
    if (behaviour.firstByteDelayMs !== undefined) {
      response.flushHeaders();
      await this.wait(behaviour.firstByteDelayMs);
    }
    await this.sendChunks(chunks);
  }

  private listChunks(): Buffer[] {
    const { chunks, streams } = this.answer;
    const { behaviour } = this;
    if (behaviour.gzip === true) return [gzipSync(Buffer.concat(chunks))];
    const isBroken = behaviour.cutAfterFrames !== undefined || behaviour.stallAfterFrames !== undefined;
    if (streams || !isBroken) return chunks;
    const body = Buffer.concat(chunks);
    return [body.subarray(0, body.length / 2), body.subarray(body.length / 2)];
  }

  private writeHead(chunks: readonly Buffer[]): void {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const framing = this.answer.streams ? {} : { 'content-length': String(length) };
    const encoding = this.behaviour.gzip === true ? { 'content-encoding': 'gzip' } : {};
    const headers = { ...this.answer.headers, ...framing, ...encoding, ...this.behaviour.headers };
    this.response.writeHead(this.answer.status, headers);
  }

  private async sendChunks(chunks: readonly Buffer[]): Promise<void> {
    const { behaviour, response, answer } = this;
    const cutAt = this.findBreak(behaviour.cutAfterFrames);
    const stallAt = this.findBreak(behaviour.stallAfterFrames);
    const pauseMs = answer.streams && behaviour.tokensPerSecond ? 1_000 / behaviour.tokensPerSecond : 0;
    for (const [index, chunk] of chunks.entries()) {
      if (index === cutAt) return this.cut();
      if (index === stallAt) return this.flush();
      if (index > 0 && pauseMs > 0) await this.wait(pauseMs);
      if (await this.write(chunk)) return this.cut();
    }
    if (cutAt !== null && cutAt >= chunks.length) return this.cut();
    if (stallAt !== null && stallAt >= chunks.length) return;
    response.end();
  }

  /** A whole body breaks in its middle, whatever the number. */
  private findBreak(frames: number | undefined): number | null {
    if (frames === undefined) return null;
    return this.answer.streams || frames === 0 ? frames : 1;
  }

  /** True when the byte was reached at which the connection is cut. */
  private async write(chunk: Buffer): Promise<boolean> {
    const sizes = this.behaviour.splitBytes ?? [];
    const limit = this.behaviour.cutAfterBytes ?? Infinity;
    const allowed = chunk.subarray(0, Math.max(0, limit - this.bytesSent));
    this.bytesSent += allowed.length;
    for (let start = 0; start < allowed.length;) {
      const size = sizes.length === 0 ? allowed.length : Math.max(1, sizes[this.writes % sizes.length] ?? 1);
      await this.writePiece(allowed.subarray(start, start + size), sizes.length > 0);
      start += size;
    }
    return this.bytesSent >= limit;
  }

  private async writePiece(piece: Buffer, isSplit: boolean): Promise<void> {
    this.writes += 1;
    const { response } = this;
    if (!response.write(piece)) await new Promise<void>((resolve) => this.onceWritable(resolve));
    // A turn of the event loop between two writes keeps them apart on the wire.
    if (isSplit) await nextTurn(undefined, { signal: this.signal });
    this.signal.throwIfAborted();
  }

  private onceWritable(resolve: () => void): void {
    this.response.once('drain', resolve);
    this.response.once('close', resolve);
  }

  /** What was written reaches the peer before the connection breaks, so that a test knows what it saw. */
  private async cut(): Promise<void> {
    await this.flush();
    await this.wait(5);
    this.response.destroy();
  }

  private async flush(): Promise<void> {
    this.response.flushHeaders();
    await nextTurn(undefined, { signal: this.signal });
  }

  private async wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.signal });
  }
}
