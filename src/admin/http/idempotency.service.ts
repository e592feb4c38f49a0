import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { IdempotencyRecordEntity } from '../../storage/database/entities/idempotency-record.entity.js';
import { SecretBox } from '../../storage/encryption/secret-box.js';
import type { AdminRequest } from '../access/admin-request.js';

/** What a POST answered. `secret` is shown in `response.key`, stored sealed, and replayed for 10 minutes only. */
export interface CreatedResource {
  location: string;
  revision: number;
  response: Record<string, unknown>;
  secret: string | null;
}

/** Then the sealed secret is forgotten, see IdempotencyMaintenance. */
export const SECRET_REPLAY_MS = 10 * 60_000;
export const RECORD_LIFE_MS = 24 * 3_600_000;
const KEY_PATTERN = /^[\x21-\x7e]{1,255}$/;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Runs a creating POST at most once per `Idempotency-Key`, scoped to administrator and route. Record and change are one
 * transaction: after a crash either both are there or neither, and a concurrent duplicate waits for the first to commit.
 */
@Injectable()
export class IdempotencyService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async create(
    request: AdminRequest,
    run: (manager: EntityManager) => Promise<CreatedResource>,
  ): Promise<CreatedResource> {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return this.dataSource.transaction(run);
    if (typeof key !== 'string' || !KEY_PATTERN.test(key)) {
      throw new GatewayError('invalid_request', {
        param: 'Idempotency-Key',
        publicMessage: 'The key is malformed.',
      });
    }
    const path = request.url.split('?', 1)[0] ?? '';
    const id = sha256(JSON.stringify([request.actor.id, request.method, path, key]));
    const bodyHash = sha256(JSON.stringify(request.json));
    return this.dataSource.transaction((manager) => this.createOnce(manager, id, bodyHash, run));
  }

  private async createOnce(
    manager: EntityManager,
    id: string,
    bodyHash: string,
    run: (manager: EntityManager) => Promise<CreatedResource>,
  ): Promise<CreatedResource> {
    const records = manager.getRepository(IdempotencyRecordEntity);
    const nowMs = this.clock.nowMs();
    // Old ones go once a minute; this one must not be replayed until then.
    await manager.query('DELETE FROM idempotency_records WHERE id = $1 AND created_at < $2', [
      id,
      new Date(nowMs - RECORD_LIFE_MS),
    ]);
    const inserted = await manager.query<unknown[]>(
      `INSERT INTO idempotency_records (id, body_hash, created_at) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [id, bodyHash, new Date(nowMs)],
    );
    if (inserted.length === 0) return this.replay(await records.findOneByOrFail({ id }), bodyHash, nowMs);
    const created = await run(manager);
    const secretSealed =
      created.secret === null ? null : this.secretBox.seal(created.secret, sealedPlace(id));
    const response = { ...created.response, revision: created.revision };
    await records.update({ id }, { status: 201, location: created.location, response, secretSealed });
    return created;
  }

  private replay(record: IdempotencyRecordEntity, bodyHash: string, nowMs: number): CreatedResource {
    if (record.bodyHash !== bodyHash) throw new GatewayError('idempotency_key_reused');
    const { revision, ...response } = record.response ?? {};
    const canShowSecret =
      record.secretSealed !== null && nowMs - record.createdAt.getTime() < SECRET_REPLAY_MS;
    const secret = canShowSecret
      ? this.secretBox.open(record.secretSealed as string, sealedPlace(record.id))
      : null;
    return { location: record.location ?? '', revision: Number(revision), response, secret };
  }
}

const sealedPlace = (row: string) => ({ table: 'idempotency_records', row, column: 'secret_sealed' });
