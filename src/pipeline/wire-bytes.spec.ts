import { WireBytes } from './wire-bytes.js';

const ALL = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

it('is the same bytes in either form, whichever it was made of', () => {
  const text = ALL.toString('latin1');
  expect(WireBytes.ofBuffer(ALL)).toMatchObject({ length: 256, latin1: text });
  expect(WireBytes.ofLatin1(text)).toMatchObject({ length: 256, buffer: ALL });
});

it('is empty in either form', () => {
  expect(WireBytes.ofBuffer(Buffer.alloc(0))).toMatchObject({ length: 0, latin1: '' });
  expect(WireBytes.ofLatin1('')).toMatchObject({ length: 0, buffer: Buffer.alloc(0) });
});
