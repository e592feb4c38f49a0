import { FrameScan } from './frame-scan.js';

const byte = (character: string): number => character.charCodeAt(0);

function scan(text: string): FrameScan {
  const frame = new FrameScan();
  frame.scan(Buffer.from(text), 0, Buffer.byteLength(text));
  return frame;
}

describe('FrameScan', () => {
  it.each([
    ['{"delta":{"content":"abc"}}', 3],
    ['{"delta":{"refusal":"ab","content":null}}', 2],
    ['{"delta":{"reasoning_content":"abcd"}}', 4],
    ['{"delta":{"reasoning":"abcd"}}', 4],
    ['{"function":{"name":"weather","arguments":"{\\"a\\":1}"}}', 9],
    ['{"delta":{"type":"text_delta","text":"abc"}}', 3],
    ['{"delta":{"type":"thinking_delta","thinking" : "abcde"}}', 5],
    ['{"delta":{"type":"input_json_delta","partial_json":"{}"}}', 2],
    ['{"delta":{"content":"Zürich 🌊"}}', Buffer.byteLength('Zürich 🌊')],
    ['{"id":"content","model":"text","role":"assistant"}', 0],
    ['{"delta":{"content":""}}', 0],
    ['{"delta":{"content":"say \\"text\\":\\"no\\""}}', 19],
    ['{"content":"cut', 3],
  ])('counts what %s says as %d bytes', (text, expected) => {
    expect(scan(text).textBytes).toBe(expected);
  });

  it('finds members by name, whatever the spaces, and not the same words in texts', () => {
    expect(scan('{"usage" :\t{"a":1}}').usageByte).toBe(byte('{'));
    expect(scan('{"usage":null}').usageByte).toBe(byte('n'));
    expect(scan('{"finish_reason":"stop"}').finishReasonByte).toBe(byte('"'));
    expect(scan('{"error":{"message":"x"}}').errorByte).toBe(byte('{'));
    const texts = scan('{"content":"usage","x":["error","finish_reason"],"y":"\\"usage\\":{"}');
    expect([texts.usageByte, texts.errorByte, texts.finishReasonByte]).toEqual([0, 0, 0]);
  });

  it('prefers an object to the null of another member of the name', () => {
    expect(scan('{"usage":{"a":1},"x":{"usage":null}}').usageByte).toBe(byte('{'));
    expect(scan('{"x":{"usage":null},"usage":{"a":1}}').usageByte).toBe(byte('{'));
  });

  it('forgets the frame before', () => {
    const frame = new FrameScan();
    const first = Buffer.from('{"content":"abc","usage":{},"error":{},"finish_reason":"stop"}');
    frame.scan(first, 0, first.length);
    frame.scan(Buffer.from('{}'), 0, 2);
    expect({ ...frame }).toEqual({ textBytes: 0, usageByte: 0, errorByte: 0, finishReasonByte: 0 });
  });

  it('looks only at its part of the bytes', () => {
    const bytes = Buffer.from('{"content":"abc"}{"content":"defg"}');
    const frame = new FrameScan();
    frame.scan(bytes, 17, bytes.length);
    expect(frame.textBytes).toBe(4);
  });
});
