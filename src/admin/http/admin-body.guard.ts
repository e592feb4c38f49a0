import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { readBody } from '../../pipeline/read-body.js';
import { scanJsonBody } from '../../pipeline/request-router/scan-json-body.js';
import type { AdminRequest } from '../access/admin-request.js';

const MAX_BODY_BYTES = 1024 * 1024;
const JSON_MEDIA_TYPE = /^application\/(?:merge-patch\+)?json\s*(?:;|$)/i;
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Reads the body only after the administrator was accepted, with the same checks as the data plane's. */
@Injectable()
export class AdminBodyGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    request.json = null;
    if (!METHODS_WITH_BODY.has(request.method)) return true;
    const bytes = await readBody(request.raw, MAX_BODY_BYTES);
    if (bytes.length === 0) return true;
    if (!JSON_MEDIA_TYPE.test(request.headers['content-type'] ?? ''))
      throw new GatewayError('unsupported_media_type');
    request.json = scanJsonBody(bytes).json;
    return true;
  }
}
