import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readBody } from './read-body.js';

const MAX_BYTES = 10;
const GONE = expect.objectContaining({ code: 'client_closed_request' }) as Error;
const TOO_LARGE = expect.objectContaining({ code: 'request_too_large' }) as Error;

let request: IncomingMessage;
beforeEach(() => {
  request = new IncomingMessage(new Socket());
});

describe('readBody', () => {
  it.each([[['one']], [['one', 'two', '']], [[]]])('joins the chunks %j', async (chunks: string[]) => {
    const body = readBody(request, MAX_BYTES);
    for (const chunk of chunks) if (chunk !== '') request.push(Buffer.from(chunk));
    request.push(null);
    expect((await body).toString()).toBe(chunks.join(''));
  });

  it('refuses an announced body before anything of it has come', async () => {
    request.headers['content-length'] = '11';
    await expect(readBody(request, MAX_BYTES)).rejects.toEqual(TOO_LARGE);
    expect(request.listenerCount('data')).toBe(0);
  });

  it('refuses one that grows too large, and reads no more of it', async () => {
    const body = readBody(request, MAX_BYTES);
    request.push(Buffer.alloc(8));
    request.push(Buffer.alloc(8));
    await expect(body).rejects.toEqual(TOO_LARGE);
    expect(request.isPaused()).toBe(true);
  });

  it.each(['before', 'while'])('hears of a client that leaves %s it is read', async (when) => {
    if (when === 'before') {
      request.destroy();
      await new Promise((resolve) => request.once('close', resolve));
    }
    const body = readBody(request, MAX_BYTES);
    request.push(Buffer.from('one'));
    if (when === 'while') request.destroy();
    await expect(body).rejects.toEqual(GONE);
  });

  it('holds nothing of a body once it was read, although the request lives on', async () => {
    const read = async (): Promise<WeakRef<Buffer>> => {
      const body = readBody(request, 2 * 65_536);
      request.push(Buffer.alloc(65_536));
      request.push(Buffer.alloc(65_536));
      request.push(null);
      return new WeakRef(await body);
    };
    const body = await read();
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // Not before the job that made the reference has ended.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(body.deref()).toBeUndefined();
    expect(request.listenerCount('close')).toBeGreaterThan(0);
  });
});
