import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import Provider from 'oidc-provider';
import { AdminClient } from '../support/admin-client.ts';
import { TestGateway } from '../support/gateway.ts';

const AUDIENCE = 'https://gateway.test/admin';

/** A real issuer (oidc-provider) on a local port; tokens are fetched from it with client credentials. */
describe('OpenID Connect', () => {
  let server: Server;
  let issuer: string;
  let privateKey: CryptoKey;
  let gateway: TestGateway;
  let tenantId: string;

  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const pair = await generateKeyPair('RS256', { extractable: true });
    privateKey = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.privateKey)), kid: 'one', use: 'sig', alg: 'RS256' };
    gateway = await TestGateway.start({
      config: { tenants: [{ name: 'acme', keys: [{ name: 'main' }] }, { name: 'other' }] },
      env: { OIDC_ISSUER: issuer, OIDC_AUDIENCE: AUDIENCE },
    });
    const { json } = await gateway.admin('/tenants?name=acme');
    tenantId = json.data[0].id;
    const handle = createIssuer(issuer, jwk, tenantId).callback();
    server.on('request', (request, response) => void handle(request, response));
  });
  afterAll(async () => {
    await gateway.stop();
    server.close();
  });

  const fetchToken = async (clientId: string): Promise<string> => {
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:secret`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  };
  const sign = (
    claims: Record<string, unknown>,
    change: { audience?: string; issuer?: string; expires?: string } = {},
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(change.issuer ?? issuer)
      .setAudience(change.audience ?? AUDIENCE)
      .setSubject('someone')
      .setExpirationTime(change.expires ?? '5m')
      .sign(privateKey);
  const as = (token: string) => new AdminClient(gateway, token);

  it("maps the issuer's claims to role and tenant", async () => {
    const platform = as(await fetchToken('platform'));
    expect((await platform.post('/tenants', { name: 'by oidc' })).status).toBe(201);
    const { json } = await platform.get('/audit-log?resource=tenants&action=create');
    expect(json.data[0].actor).toEqual({ id: 'oidc:platform', name: 'platform', role: 'platform-admin' });
    const tenant = as(await fetchToken('tenant'));
    expect((await tenant.get('/tenants')).json.data.map(({ name }: { name: string }) => name)).toEqual([
      'acme',
    ]);
    expect((await tenant.post('/tenants', { name: 'x' })).status).toBe(403);
  });

  it.each<[string, Record<string, unknown>, object]>([
    ['no role', {}, {}],
    ['an unknown role', { tokenpak_role: 'root' }, {}],
    ['a tenant-admin without a tenant', { tokenpak_role: 'tenant-admin' }, {}],
    ['a tenant that is no id', { tokenpak_role: 'viewer', tokenpak_tenant: 'x' }, {}],
    [
      'a platform-admin with a tenant',
      { tokenpak_role: 'platform-admin', tokenpak_tenant: '019a0000-0000-7000-8000-000000000000' },
      {},
    ],
    ['another audience', { tokenpak_role: 'platform-admin' }, { audience: 'https://elsewhere' }],
    ['another issuer', { tokenpak_role: 'platform-admin' }, { issuer: 'https://elsewhere' }],
    ['an expired token', { tokenpak_role: 'platform-admin' }, { expires: '-5m' }],
  ])('refuses %s', async (_name, claims, change) => {
    expect((await as(await sign(claims, change)).get('/tenants')).status).toBe(401);
  });

  it('refuses tokens that are unsigned, signed by somebody else, or signed with the public key as a secret', async () => {
    const claims = {
      tokenpak_role: 'platform-admin',
      iss: issuer,
      aud: AUDIENCE,
      sub: 'x',
      exp: 9_999_999_999,
    };
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect((await as(`${encode({ alg: 'none' })}.${encode(claims)}.`).get('/tenants')).status).toBe(401);
    const stranger = await generateKeyPair('RS256');
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .sign(stranger.privateKey);
    expect((await as(forged).get('/tenants')).status).toBe(401);
    const confused = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .sign(Buffer.alloc(64, 1));
    expect((await as(confused).get('/tenants')).status).toBe(401);
  });

  it('slows down an address that guesses', async () => {
    const statuses = new Set<number>();
    for (let count = 0; count < 25; count += 1) statuses.add((await as('guess').get('/tenants')).status);
    expect(statuses).toEqual(new Set([401, 429]));
  });
});

function createIssuer(issuer: string, jwk: object, tenantId: string): Provider {
  const client = (id: string) => ({
    client_id: id,
    client_secret: 'secret',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
  return new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [client('platform'), client('tenant')] as never,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context, token) =>
      (token as { clientId?: string }).clientId === 'platform'
        ? { sub: 'platform', tokenpak_role: 'platform-admin' }
        : { sub: 'tenant', tokenpak_role: 'tenant-admin', tokenpak_tenant: tenantId },
  });
}
