import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLOCK, SystemClock } from '../../common/clock.port.js';
import { TokenCounterModule } from './token-counter.module.js';
import { TokenCounterService } from './token-counter.service.js';
import { readOpenai } from './token-counter.spec-support.js';

@Global()
@Module({ providers: [{ provide: CLOCK, useClass: SystemClock }], exports: [CLOCK] })
class ClockModule {}

const countPorts = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

describe('TokenCounterModule', () => {
  it('starts nothing until something is counted, counts, and ends with the application', async () => {
    const module = await Test.createTestingModule({ imports: [ClockModule, TokenCounterModule] }).compile();
    await module.init();
    const before = countPorts();
    const service = module.get(TokenCounterService);
    const native = readOpenai({ messages: [{ role: 'user', content: 'tiktoken is great!' }] });
    // The first count builds the encoder, for which a busy machine may need longer than the deadline.
    let count = await service.countTokens('t1', native, 'gpt-4o');
    const endsAtMs = performance.now() + 20_000;
    while (count.source === 'estimate' && performance.now() < endsAtMs) {
      count = await service.countTokens('t1', native, 'gpt-4o');
    }
    expect(count).toEqual({ tokens: 13, source: 'tokenizer' });
    expect(countPorts()).toBe(before);
    await module.close();
    const other = readOpenai({ messages: [{ role: 'user', content: 'too late' }] });
    expect((await service.countTokens('t1', other, 'gpt-4o')).source).toBe('estimate');
  });
});
