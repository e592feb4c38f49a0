import { USAGE_LEDGER, type UsageLedger } from '../../src/support/monitor/usage-event.ts';
import { configureOne } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/upstreams/openai-upstream.ts';
import type { Upstream } from '../support/upstreams/upstream-server.ts';

describe('a ledger that cannot be written', () => {
  let upstream: Upstream;
  let gateway: TestGateway;
  let ledger: UsageLedger;

  beforeAll(async () => {
    upstream = await startOpenAiUpstream();
    gateway = await TestGateway.start({ config: configureOne('openai', upstream) });
    ledger = gateway.app.get<UsageLedger>(USAGE_LEDGER, { strict: false });
  });
  afterAll(async () => {
    await gateway.stop();
    await upstream.close();
  });

  it('stops new paid work before it starts, books none of what it refused, and serves again afterwards', async () => {
    const isWritable = ledger.isWritable.bind(ledger);
    ledger.isWritable = () => false;
    for (const answer of [
      await gateway.chat({}),
      await gateway.messages({}),
      await gateway.post('/v1/messages/count_tokens', {}),
    ]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('x-tokenpak-error-code')).toBe('ledger_unavailable');
    }
    expect((await gateway.send('/health/ready')).status).toBe(503);
    ledger.isWritable = isWritable;
    expect((await gateway.send('/health/ready')).status).toBe(200);
    expect(upstream.requests).toEqual([]);
    expect((await gateway.chat({})).status).toBe(200);
    await ledger.flush();
    expect(await gateway.ledger()).toHaveLength(1);
  });
});
