import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { createClientIpResolver, type ClientIpResolver } from '../../pipeline/rate-limiter/client-ip.js';
import { AREA, type Area, isAllowed, VERB, type Verb } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AuthenticatorService } from '../access/authenticator.service.js';
import { FailedLogins } from '../access/failed-logins.js';

const BEARER = /^bearer +(\S+) *$/i;
const MAX_TOKEN_LENGTH = 16_384;

/** Printable and short, so that it can stand in a log as it is. */
const CLIENT_REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Who calls, and whether the role may do what the route declares. A route that declares nothing is closed to everybody. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly resolveIp: ClientIpResolver;

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: AuthenticatorService,
    private readonly failedLogins: FailedLogins,
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
  ) {
    this.resolveIp = createClientIpResolver(config.trustedProxies);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const area = this.reflector.getAllAndOverride<Area | undefined>(AREA, targets);
    const verb = this.reflector.getAllAndOverride<Verb | undefined>(VERB, targets);
    if (area === 'open') return true;
    const request = context.switchToHttp().getRequest<AdminRequest>();
    await this.authenticate(request);
    if (area === undefined || verb === undefined || !isAllowed(request.actor, area, verb)) {
      throw new GatewayError('access_denied');
    }
    return true;
  }

  /** @throws GatewayError('invalid_admin_token') */
  private async authenticate(request: AdminRequest): Promise<void> {
    const ip = this.resolveIp(request.raw);
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isPlausible = token !== '' && token.length <= MAX_TOKEN_LENGTH;
    const identity = await this.failedLogins.attempt(ip, () =>
      isPlausible ? this.authenticator.identify(token) : Promise.resolve(null),
    );
    if (identity === null) throw new GatewayError('invalid_admin_token');
    request.actor = {
      ...identity,
      ip,
      requestId: request.id,
      clientRequestId: findClientRequestId(request.headers['x-request-id']),
    };
  }
}

/** What the client calls its request; null for what is no id. */
function findClientRequestId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && CLIENT_REQUEST_ID.test(header) ? header : null;
}
