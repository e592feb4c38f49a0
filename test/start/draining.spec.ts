import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { eventually } from '../support/eventually.ts';
import { configureSimulated } from '../support/gateway-configs.ts';
import { TestGateway } from '../support/gateway.ts';

/** What the server says of the connection, to a client that would keep it. */
async function readConnection(url: string, method: string, bearer: string): Promise<string | undefined> {
  const agent = new Agent({ keepAlive: true });
  const asked = request(url, { method, agent, headers: { authorization: `Bearer ${bearer}` } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  agent.destroy();
  return response.headers.connection;
}

it('tells every client to close its connection while it drains, on every route, and not before', async () => {
  const gateway = await TestGateway.start({
    config: configureSimulated(),
    env: { DRAIN_DELAY_SECONDS: '3' },
  });
  const { url } = gateway;
  const routes: [string, string, string][] = [
    ['GET', '/health/live', ''],
    ['GET', '/health/ready', ''],
    ['GET', '/metrics', ''],
    ['HEAD', '/', ''],
    ['GET', '/nowhere', ''],
    ['GET', '/admin/v1/tenants', gateway.adminToken],
    ['GET', '/admin/v1/tenants', 'wrong'],
    ['GET', '/v1/models', gateway.key()],
    ['GET', '/v1/models', 'wrong'],
  ];
  const read = (): Promise<(string | undefined)[]> =>
    Promise.all(routes.map(([method, path, bearer]) => readConnection(url + path, method, bearer)));
  expect(new Set(await read())).toEqual(new Set(['keep-alive']));
  const stopped = gateway.stop();
  await eventually(async () => ((await fetch(`${url}/health/ready`)).status === 503 ? true : null));
  expect(await read()).toEqual(routes.map(() => 'close'));
  await stopped;
});
