import { GatewayError } from '../../errors/gateway-error.js';
import type { StreamAnswer } from '../answer.js';

/**
 * A whole stream in memory, at most `maxBytes`.
 * @throws GatewayError: what the stream failed with, or upstream_error when it is larger.
 */
export function collectStream(
  answer: StreamAnswer,
  maxBytes: number,
  onStart: (abort: () => void) => void,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isDone = false;
    const control = answer.subscribe({
      onData: (chunk: Buffer) => {
        if (isDone) return;
        length += chunk.length;
        chunks.push(chunk);
        if (length <= maxBytes) return;
        isDone = true;
        reject(
          new GatewayError('upstream_error', { publicMessage: 'The answer is too large to be checked.' }),
        );
        // Inside subscribe there is no control yet; the context's end aborts the call in any case.
        queueMicrotask(() => control.abort());
      },
      onEnd: () => resolve(Buffer.concat(chunks, length)),
      onFailure: (error: GatewayError) => reject(error),
    });
    onStart(() => control.abort());
  });
}
