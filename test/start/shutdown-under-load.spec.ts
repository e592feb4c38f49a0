import { writeFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKey } from '../../src/tenancy/key-format.ts';
import { createDataDirectory } from '../support/data-directory.ts';
import { GatewayProcess, stopLeftPostmaster } from '../support/gateway-process.ts';

const GRACE_SECONDS = 4;

/** As a load balancer does: no new requests once readiness has gone. */
it('finishes every answer that fits into the grace after SIGTERM, cuts the rest, and exits with 0', async () => {
  const directory = createDataDirectory();
  const dataDir = directory.path;
  const key = generateKey('tpk_');
  const config = `${dataDir}.json`;
  const model = (name: string, upstreamModel: string) => ({
    name,
    deployments: [{ provider: 'simulated', upstreamModel }],
  });
  writeFileSync(
    config,
    JSON.stringify({
      providers: [{ name: 'simulated', kind: 'simulated', baseUrl: 'http://simulated.invalid' }],
      models: [
        model('quick', 'sim:latency=20'),
        model('two-seconds', 'sim:tps=20:tokens=40'),
        model('endless', 'sim:tps=50:tokens=100000'),
      ],
      tenants: [{ name: 't', keys: [{ name: 'k', key: { sha256: hash('sha256', key, 'hex') } }] }],
    }),
  );
  const gateway = new GatewayProcess({
    DATA_DIR: dataDir,
    GATEWAY_CONFIG: config,
    DRAIN_DELAY_SECONDS: '1',
    SHUTDOWN_GRACE_SECONDS: String(GRACE_SECONDS),
  });
  const url = await gateway.untilReady();
  const ask = (name: string, stream: boolean): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: name, stream, messages: [{ role: 'user', content: 'x' }] }),
    });

  let isReady = true;
  const failures: string[] = [];
  let answered = 0;
  const work = async (name: string, stream: boolean): Promise<void> => {
    while (isReady) {
      try {
        const response = await ask(name, stream);
        const text = await response.text();
        if (response.status !== 200 || (stream && !text.includes('[DONE]')))
          failures.push(`${response.status} ${text.slice(0, 200)}`);
        answered += 1;
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const workers = [
    ...Array.from({ length: 6 }, () => work('quick', false)),
    ...Array.from({ length: 4 }, () => work('two-seconds', true)),
  ];
  const endless = await ask('endless', true);
  const endlessText = endless.text().catch((error: unknown) => String(error));
  await sleep(500);

  const startedMs = performance.now();
  gateway.send('SIGTERM');
  while (isReady) {
    isReady = (await fetch(`${url}/health/ready`)).status === 200;
    await sleep(20);
  }
  await Promise.all(workers);
  const exit = await gateway.exited;
  const tookMs = performance.now() - startedMs;
  await stopLeftPostmaster(dataDir);
  directory.remove();

  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(10);
  expect(exit).toEqual({ code: 0, signal: null });
  expect(await endlessText).not.toContain('[DONE]');
  expect(tookMs).toBeGreaterThan(GRACE_SECONDS * 1_000);
  expect(tookMs).toBeLessThan((GRACE_SECONDS + 10) * 1_000);
}, 60_000);
