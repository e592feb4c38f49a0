import { hash } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { clipText } from '../common/clip-text.js';
import { CLOCK, type Clock } from '../common/clock.port.js';
import { GatewayError } from '../errors/gateway-error.js';
import { getRequestContext, type RequestContext } from '../pipeline/request-context.js';
import type { ApiKeyConfig } from './config-snapshot.js';
import { ConfigStore } from './config-store.js';
import { extractApiKey } from './extract-api-key.js';
import { KeyDirectory } from './key-directory.js';
import { isWellFormedKey } from './key-format.js';
import { resolveTags } from './parse-tags.js';

const MAX_USER_LENGTH = 256;

/**
 * Key to tenant, from memory. A malformed key is told by its checksum alone, before anything is hashed or looked up, so a
 * stranger costs neither a query nor the reading of a body.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly directory: KeyDirectory,
    private readonly configStore: ConfigStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const pipeline = getRequestContext(context);
    pipeline.trace.beginStage('authentication');
    const text = extractApiKey(pipeline.request.headers);
    if (text === null || !isWellFormedKey(text, 'tpk_')) throw new GatewayError('invalid_api_key');
    const keyHash = hash('sha256', text, 'hex');
    const key = this.directory.findCached(keyHash);
    if (key !== undefined) return this.accept(pipeline, key, 'memory');
    return this.directory
      .lookUp(keyHash, pipeline.ip)
      .then((found) => this.accept(pipeline, found, 'database'));
  }

  private accept(pipeline: RequestContext, key: ApiKeyConfig | null, source: string): true {
    if (key?.status !== 'active') throw new GatewayError('invalid_api_key');
    if (key.expiresAtMs !== null && key.expiresAtMs <= this.clock.nowMs())
      throw new GatewayError('invalid_api_key');
    const tenant = this.configStore.current().tenants.get(key.tenantId);
    // A key can be seen before its tenant when both are new; the next snapshot is at most half a second away.
    if (tenant === undefined || tenant.status === 'archived') throw new GatewayError('invalid_api_key');
    if (tenant.status === 'suspended') throw new GatewayError('tenant_suspended');
    pipeline.grant = { key, tenant };
    const headers = pipeline.request.headers;
    pipeline.tags = resolveTags(readHeader(headers['x-tokenpak-tags']), key.tags, key.requiredTags);
    const user = readHeader(headers['x-tokenpak-user']);
    pipeline.user = key.user ?? (user === undefined ? null : clipText(user, MAX_USER_LENGTH));
    pipeline.trace.logStage('authentication', 'ran', source);
    return true;
  }
}

function readHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
