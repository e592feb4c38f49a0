import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { AdministratorEntity } from '../../storage/database/entities/administrator.entity.js';
import { isWellFormedKey } from '../../tenancy/key-format.js';
import type { Identity } from './actor.js';
import { OidcVerifier } from './oidc-verifier.service.js';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Tells who a bearer token stands for.
 *
 * 1. The bootstrap token of the settings, compared by hash in constant time. Without one there is no bootstrap administrator.
 * 2. `tpa_...`: an administrator's own, found by its SHA-256. Read at every request, so that revoking works at once.
 * 3. Anything else is offered to OpenID Connect, where that is configured.
 *
 * Keys of the data plane are strangers here.
 */
@Injectable()
export class AuthenticatorService {
  private readonly bootstrapHash: Buffer | null;

  constructor(
    @Inject(GATEWAY_CONFIG) config: GatewayConfig,
    private readonly dataSource: DataSource,
    private readonly oidc: OidcVerifier,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.bootstrapHash = config.adminToken === null ? null : sha256(config.adminToken);
  }

  /** Null for a token that stands for nobody. */
  async identify(token: string): Promise<Identity | null> {
    const hash = sha256(token);
    if (this.bootstrapHash !== null && timingSafeEqual(hash, this.bootstrapHash)) {
      return { id: 'bootstrap', name: 'bootstrap', role: 'platform-admin', tenantId: null };
    }
    if (isWellFormedKey(token, 'tpa_')) return this.findAdministrator(hash.toString('hex'));
    return this.oidc.verify(token);
  }

  private async findAdministrator(tokenHash: string): Promise<Identity | null> {
    const row = await this.dataSource
      .getRepository(AdministratorEntity)
      .findOneBy({ tokenHash, status: 'active' });
    if (row === null || (row.expiresAt !== null && row.expiresAt.getTime() <= this.clock.nowMs()))
      return null;
    const { id, name, role, tenantId } = row;
    return { id, name, role, tenantId };
  }
}
