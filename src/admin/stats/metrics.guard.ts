import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { AdminGuard } from '../http/admin.guard.js';

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** Open on a listener of its own and to loopback; strangers on the data plane's listener need the admin token. */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly adminGuard: AdminGuard,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { socket } = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.config.adminPort !== null || LOOPBACK.test(socket.remoteAddress ?? '')) return true;
    return this.adminGuard.canActivate(context);
  }
}
