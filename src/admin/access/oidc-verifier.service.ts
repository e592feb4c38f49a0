import { Inject, Injectable, Logger } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { isUuid } from '../../common/ids.js';
import { GATEWAY_CONFIG, type GatewayConfig, type OidcSettings } from '../../config/gateway-config.js';
import { type Identity, ROLES } from './actor.js';

/** What we read of an issuer's discovery document. */
const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

const DISCOVERY_TIMEOUT_MS = 5_000;
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 30;

/**
 * People who come with a token of the organisation's own issuer. Signature (keys from the issuer's JWKS, cached and fetched
 * again for unknown key ids), issuer, audience and expiry are checked by jose; claims say role and tenant.
 *
 * Not configured: every token stands for nobody. The issuer down: known keys go on, unknown ones are nobody's.
 */
@Injectable()
export class OidcVerifier {
  private readonly logger = new Logger(OidcVerifier.name);
  private readonly settings: OidcSettings | null;
  private keys: Promise<JWTVerifyGetKey> | null = null;

  constructor(@Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    this.settings = config.oidc;
  }

  async verify(token: string): Promise<Identity | null> {
    const { settings } = this;
    // Three parts: anything else is not a JWT, and not worth asking the issuer for.
    if (settings === null || token.split('.').length !== 3) return null;
    try {
      const { payload } = await jwtVerify(token, await this.getKeys(settings), {
        issuer: settings.issuer,
        audience: settings.audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['sub', 'exp'],
      });
      return readIdentity(payload, settings);
    } catch (error) {
      // Wrong tokens are everyday; an issuer that cannot be reached is not.
      if (!(error instanceof errors.JOSEError)) this.logger.warn(`OIDC issuer: ${(error as Error).message}`);
      return null;
    }
  }

  private getKeys(settings: OidcSettings): Promise<JWTVerifyGetKey> {
    this.keys ??= discover(settings).catch((error: unknown) => {
      // The next token tries again.
      this.keys = null;
      throw error;
    });
    return this.keys;
  }
}

async function discover({ issuer }: OidcSettings): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the discovery document answered ${response.status}`);
  const document = discoverySchema.parse(await response.json());
  if (document.issuer !== issuer) throw new Error('the discovery document names another issuer');
  return createRemoteJWKSet(new URL(document.jwks_uri), { timeoutDuration: DISCOVERY_TIMEOUT_MS });
}

/** The role and tenant that the claims map to; null where they map to none. */
function readIdentity(payload: JWTPayload, settings: OidcSettings): Identity | null {
  const claimed = [payload[settings.roleClaim]].flat().filter((role) => typeof role === 'string');
  const role = ROLES.find((candidate) => claimed.includes(candidate));
  const tenant = payload[settings.tenantClaim];
  const tenantId = typeof tenant === 'string' && isUuid(tenant) ? tenant : null;
  if (role === undefined || payload.sub === undefined) return null;
  // A tenant's administrator without a tenant must not become the platform's, nor a claim of one be ignored.
  if (role === 'tenant-admin' && tenantId === null) return null;
  if (tenant !== undefined && tenantId === null) return null;
  if (role === 'platform-admin' && tenantId !== null) return null;
  const name = typeof payload['name'] === 'string' ? payload['name'] : payload.sub;
  return { id: `oidc:${payload.sub}`.slice(0, 256), name: name.slice(0, 256), role, tenantId };
}
