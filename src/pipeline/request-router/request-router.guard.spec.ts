import type { ExecutionContext } from '@nestjs/common';
import type { UsageLedger } from '../../support/monitor/usage-event.js';
import type { RequestContext } from '../request-context.js';
import { RequestRouterGuard } from './request-router.guard.js';
import type { RequestRouterService } from './request-router.service.js';

describe('RequestRouterGuard', () => {
  function run(isWritable: boolean): { received: RequestContext[]; outcome: Promise<boolean> } {
    const received: RequestContext[] = [];
    const router = {
      receive: (context: RequestContext) => {
        received.push(context);
        return Promise.resolve();
      },
    };
    const ledger: UsageLedger = {
      isWritable: () => isWritable,
      recordUsage: () => undefined,
      flush: () => Promise.resolve(),
    };
    const context = { getArgByIndex: () => ({ pipeline: {} }) };
    const guard = new RequestRouterGuard(router as unknown as RequestRouterService, ledger);
    return { received, outcome: guard.canActivate(context as unknown as ExecutionContext) };
  }

  it('refuses a request, its body unread, while usage cannot be recorded', async () => {
    const { received, outcome } = run(false);
    await expect(outcome).rejects.toMatchObject({ code: 'ledger_unavailable', status: 503 });
    expect(received).toEqual([]);
  });

  it('receives it otherwise', async () => {
    const { received, outcome } = run(true);
    expect(await outcome).toBe(true);
    expect(received).toHaveLength(1);
  });
});
