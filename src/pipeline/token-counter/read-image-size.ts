export interface ImageSize {
  width: number;
  height: number;
}

/** A JPEG's size stands behind its metadata, which rarely takes more. In base64 characters, a multiple of 4. */
const MAX_HEAD_CHARACTERS = 512 * 1024;
const PNG_SIGNATURE = 0x89504e47;

/** Size of a PNG, JPEG, GIF or WebP image from its first bytes, or null when they do not tell. */
export function readImageSize(base64: string): ImageSize | null {
  const small = Buffer.from(base64.slice(0, 44), 'base64');
  if (small.length < 30) return null;
  const size = readPng(small) ?? readGif(small) ?? readWebp(small);
  if (size === null && small.readUInt16BE(0) === 0xffd8) {
    return checkSize(readJpeg(Buffer.from(base64.slice(0, MAX_HEAD_CHARACTERS), 'base64')));
  }
  return checkSize(size);
}

function checkSize(size: ImageSize | null): ImageSize | null {
  return size === null || size.width === 0 || size.height === 0 ? null : size;
}

function readPng(bytes: Buffer): ImageSize | null {
  if (bytes.readUInt32BE(0) !== PNG_SIGNATURE) return null;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function readGif(bytes: Buffer): ImageSize | null {
  if (bytes.toString('latin1', 0, 4) !== 'GIF8') return null;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

function readWebp(bytes: Buffer): ImageSize | null {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WEBP') return null;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const packed = bytes.readUInt32LE(21);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return null;
  }
}

/** Walks the segments up to the frame header (SOF0 to SOF15 without DHT, JPG and DAC). */
function readJpeg(bytes: Buffer): ImageSize | null {
  let offset = 2;
  while (offset + 9 <= bytes.length && bytes[offset] === 0xff) {
    const marker = bytes.readUInt8(offset + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { height: bytes.readUInt16BE(offset + 5), width: bytes.readUInt16BE(offset + 7) };
    offset += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(offset + 2);
  }
  return null;
}
