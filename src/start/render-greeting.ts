export interface Greeting {
  url: string;
  adminUrl: string;
  /** Null: ADMIN_TOKEN gave it, and whoever set that knows it. */
  adminToken: string | null;
  /** Null: there is no demo tenant. */
  demoKey: string | null;
}

const DEMO_BODY = { model: 'simulated-1', messages: [{ role: 'user', content: 'Hello' }] };

/** What a person needs for a first request; for the terminal, never for the log. */
export function renderGreeting(greeting: Greeting): string {
  const url = renderReachableUrl(greeting.url);
  const lines = [
    'TokenPak Gateway is ready.',
    '',
    `  base URL     ${url}`,
    `  admin API    ${renderReachableUrl(greeting.adminUrl)}/admin/v1`,
    `  admin token  ${greeting.adminToken ?? '(as set in ADMIN_TOKEN)'}`,
  ];
  if (greeting.demoKey !== null) {
    lines.push(`  demo key     ${greeting.demoKey}`, '', 'Try it:', '', renderCurl(url, greeting.demoKey));
  }
  return `${lines.join('\n')}\n\n`;
}

function renderCurl(url: string, key: string): string {
  return [
    `curl ${url}/v1/chat/completions \\`,
    `  -H 'authorization: Bearer ${key}' \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${JSON.stringify(DEMO_BODY)}'`,
  ].join('\n');
}

/** A listener on every address is reached on this machine through the loopback one. */
function renderReachableUrl(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
