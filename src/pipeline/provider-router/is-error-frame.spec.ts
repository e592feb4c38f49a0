import { isErrorFrame } from './is-error-frame.js';

describe('isErrorFrame', () => {
  it.each(['event: error\ndata: {}\n\n', 'data: {"error":{"message":"x"}}\n\n'])('recognises %j', (text) =>
    expect(isErrorFrame(Buffer.from(text))).toBe(true),
  );

  it.each(['', 'e', 'event: message_start\n', 'data: {"id":"x"}', ': comment'])('lets %j pass', (text) =>
    expect(isErrorFrame(Buffer.from(text))).toBe(false),
  );
});
