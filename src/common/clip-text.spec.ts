import { execFileSync } from 'node:child_process';
import { clipText } from './clip-text.js';

describe('clipText', () => {
  it('keeps a short text and cuts a long one', () => {
    expect(clipText('abc', 3)).toBe('abc');
    expect(clipText('abcd', 3)).toBe('abc');
    expect(clipText('ab\u{1f600}', 3)).toBe('ab\ufffd');
  });

  it('does not keep the text that it was cut from', () => {
    const source = new URL('clip-text.ts', import.meta.url).href;
    const script = `
      const { clipText } = await import('${source}');
      const kept = [];
      for (let n = 0; n < 100; n++) kept.push(clipText(JSON.parse('"' + String(n).padEnd(1e6, 'x') + '"'), 256));
      gc();
      console.log(kept.length, process.memoryUsage().heapUsed);`;
    const output = execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script]);
    const [count, heapUsed] = output.toString().split(' ').map(Number);
    expect(count).toBe(100);
    expect(heapUsed).toBeLessThan(50e6);
  });
});
