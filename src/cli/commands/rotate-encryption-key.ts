import { createLocalActor } from '../../admin/access/local-actor.js';
import { AuditService } from '../../admin/audit/audit.service.js';
import { SystemClock } from '../../common/clock.port.js';
import { rotateEncryption, type RotationResult } from '../../storage/encryption/rotate-encryption.js';
import type { Command, Invocation } from '../command.js';
import { type OpenDatabase, withReadyDatabase } from '../open-database.js';

export const rotateEncryptionKey: Command = {
  name: 'rotate-encryption-key',
  summary: 'seals all stored secrets with the first of ENCRYPTION_KEYS while gateways run',
  usage: '',
  options: {},
  positionals: [],
  run: (invocation) =>
    withReadyDatabase(invocation, async (database) => {
      const result = await rotateEncryption(database.dataSource, database.secretBox);
      if (Object.values(result.resealed).some((count) => count > 0)) await record(database, result);
      return tell(invocation, result);
    }),
};

function record(
  { dataSource, secretBox }: OpenDatabase,
  { resealed, unopened }: RotationResult,
): Promise<void> {
  const audit = new AuditService(new SystemClock());
  return dataSource.transaction((manager) =>
    audit.record(manager, createLocalActor('cli'), {
      action: 'rotate',
      resource: 'encryption-keys',
      resourceId: secretBox.currentKeyId,
      tenantId: null,
      before: null,
      after: { resealed, unopened: unopened.length },
    }),
  );
}

function tell({ terminal }: Invocation, { resealed, unopened, remaining }: RotationResult): number {
  for (const [table, count] of Object.entries(resealed)) terminal.print(`${table}: ${count} sealed anew`);
  for (const place of unopened) terminal.print(`${place}: no key of ENCRYPTION_KEYS opens it`);
  if (remaining === 0) {
    terminal.print(
      'Everything is sealed with the first key; the others may be removed from ENCRYPTION_KEYS.',
    );
    return 0;
  }
  terminal.print(
    `${remaining} value(s) are still sealed with another key. Keep ENCRYPTION_KEYS as they are; make sure that every ` +
      'gateway has the same first key, and run this again.',
  );
  return 1;
}
