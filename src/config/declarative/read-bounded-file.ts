import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export type BoundedFile = { ok: true; text: string } | { ok: false; reason: string };

/**
 * Text of a regular file of at most `maxBytes`. Pipes and devices are refused: reading them could wait for ever. The reason
 * of a refusal names no path.
 */
export async function readBoundedFile(path: string, maxBytes: number): Promise<BoundedFile> {
  try {
    return await readRegularFile(path, maxBytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ok: false, reason: `cannot be read (${code ?? 'invalid path'})` };
  }
}

async function readRegularFile(path: string, maxBytes: number): Promise<BoundedFile> {
  // Opening a pipe for reading waits for a writer, unless told not to.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return { ok: false, reason: 'is not a regular file' };
    const buffer = Buffer.alloc(Math.min(stat.size, maxBytes) + 1);
    const length = await readFully(file, buffer);
    if (length > maxBytes) return { ok: false, reason: `is larger than ${maxBytes} bytes` };
    return decodeUtf8(buffer.subarray(0, length));
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

function decodeUtf8(bytes: Buffer): BoundedFile {
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    // The only thing that a fatal decoder throws for.
    return { ok: false, reason: 'is not UTF-8 text' };
  }
}
