import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { GatewayError } from '../../errors/gateway-error.js';

/** Who calls the admin plane. Until administrators are stored there is one: the holder of the bootstrap token. */
export interface Administrator {
  /** Recorded with what they do. */
  id: string;
  role: 'platform-admin';
}

export interface AdminRequest extends FastifyRequest {
  administrator: Administrator;
  /** The parsed JSON body; null where the request has none. */
  json: unknown;
}

const BEARER = /^bearer +(\S+) *$/i;

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares hashes in constant time; data-plane keys and anything else are strangers here. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly expectedHash: Buffer;

  constructor(@Inject(GATEWAY_CONFIG) config: GatewayConfig) {
    this.expectedHash = sha256(config.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (token === '' || !timingSafeEqual(sha256(token), this.expectedHash)) {
      throw new GatewayError('invalid_admin_token');
    }
    request.administrator = { id: 'bootstrap', role: 'platform-admin' };
    return true;
  }
}
