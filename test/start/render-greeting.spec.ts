import { renderGreeting } from '../../src/start/render-greeting.ts';

const GREETING = {
  url: 'http://127.0.0.1:8080',
  adminUrl: 'http://127.0.0.1:8080',
  adminToken: 'tpa_token',
  demoKey: 'tpk_key',
};

it('shows base URL, admin token, demo key and a curl that uses them', () => {
  expect(renderGreeting(GREETING)).toBe(`TokenPak Gateway is ready.

  base URL     http://127.0.0.1:8080
  admin API    http://127.0.0.1:8080/admin/v1
  admin token  tpa_token
  demo key     tpk_key

Try it:

curl http://127.0.0.1:8080/v1/chat/completions \\
  -H 'authorization: Bearer tpk_key' \\
  -H 'content-type: application/json' \\
  -d '{"model":"simulated-1","messages":[{"role":"user","content":"Hello"}]}'

`);
});

it('names an address that can be reached when the gateway listens on all', () => {
  expect(renderGreeting({ ...GREETING, url: 'http://0.0.0.0:8080' })).toContain(
    'curl http://127.0.0.1:8080/v1',
  );
  expect(renderGreeting({ ...GREETING, url: 'http://[::]:8080' })).toContain('curl http://[::1]:8080/v1');
});

it('shows no demo without a demo tenant, and no token that the operator chose', () => {
  const text = renderGreeting({ ...GREETING, adminToken: null, demoKey: null });
  expect(text).toContain('(as set in ADMIN_TOKEN)');
  expect(text).not.toContain('curl');
  expect(text).not.toContain('demo key');
});
