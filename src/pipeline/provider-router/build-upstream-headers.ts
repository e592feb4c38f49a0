import type { ProviderConfig } from '../../tenancy/config-snapshot.js';
import type { ProviderProfile } from './upstream-transport.port.js';

/**
 * Headers of one upstream request: the provider's, over which the client's allowed ones are laid, except where the
 * provider's own credential stands. Version and beta headers belong to one vendor and are not sent to another.
 * @param clientHeaders result of filterRequestHeaders; not changed, so one filtering serves every attempt.
 * @param sameDialect the caller speaks the provider's dialect.
 */
export function buildUpstreamHeaders(
  profile: ProviderProfile,
  provider: ProviderConfig,
  clientHeaders: Record<string, string>,
  sameDialect: boolean,
): Record<string, string> {
  const headers = profile.buildHeaders(provider);
  for (const name in clientHeaders) {
    if (!sameDialect && isVendorHeader(name)) continue;
    headers[name] = clientHeaders[name] as string;
  }
  headers['content-type'] = 'application/json';
  headers['accept-encoding'] = 'identity';
  return headers;
}

function isVendorHeader(name: string): boolean {
  return name.startsWith('anthropic-') || name.startsWith('openai-');
}
