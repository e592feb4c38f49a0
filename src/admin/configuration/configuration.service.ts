import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { parseDeclarativeConfig } from '../../config/declarative/parse-declarative-config.js';
import type { DeclarativeConfig } from '../../config/declarative/declarative-config.js';
import { parseOffThread } from '../../config/declarative/parse-off-thread.js';
import { NO_REFERENCES } from '../../config/declarative/read-secret.js';
import { type FieldError, GatewayError } from '../../errors/gateway-error.js';
import { SecretBox } from '../../storage/encryption/secret-box.js';
import { applyDeclarativeConfig } from '../../tenancy/apply-declarative-config.js';
import { DeclarativeConflictError } from '../../tenancy/declarative/declarative-conflict-error.js';
import { summarisePlan } from '../../tenancy/declarative/summarise-plan.js';
import { type ExportedConfig, exportDeclarativeConfig } from '../../tenancy/export-declarative-config.js';
import type { Actor } from '../access/actor.js';
import { AuditService } from '../audit/audit.service.js';
import type { ImportAnswer, ImportOptions } from './configuration.dto.js';
import { recordImport } from './record-import.js';

/** The whole configuration as one document: out, and in again. */
@Injectable()
export class ConfigurationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secretBox: SecretBox,
    private readonly audit: AuditService,
  ) {}

  /** @throws GatewayError('conflict') naming providers whose credential does not open. */
  export(): Promise<ExportedConfig> {
    return translateConflicts(() => exportDeclarativeConfig(this.dataSource, this.secretBox));
  }

  /**
   * Brings the configuration to what the document says, or (dryRun) only tells what that would change. Rows become the
   * API's. All or nothing; a document that changes nothing writes nothing.
   * @throws GatewayError: invalid_request with every fault of the document, conflict with everything that stands against it.
   */
  async import(actor: Actor, text: string, { dryRun, prune }: ImportOptions): Promise<ImportAnswer> {
    const config = await parseDocument(text);
    const plan = await translateConflicts(() =>
      applyDeclarativeConfig(this.dataSource, this.secretBox, {
        config,
        managedBy: 'api',
        isPruning: prune,
        isDryRun: dryRun,
        record: (manager, applied) => recordImport(this.audit, { manager, actor, applied }),
      }),
    );
    return { dryRun, prune, ...summarisePlan(plan) };
  }
}

async function parseDocument(text: string): Promise<DeclarativeConfig> {
  const parsed = await parseDeclarativeConfig(text, NO_REFERENCES, parseOffThread);
  if (parsed.ok) return parsed.config;
  const fieldErrors = parsed.faults.map(({ path, line, message }): FieldError => {
    const place = line === null ? '' : ` (line ${line})`;
    return { field: path, message: `${message}${place}` };
  });
  throw new GatewayError('invalid_request', { publicMessage: 'The document has faults.', fieldErrors });
}

async function translateConflicts<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof DeclarativeConflictError)) throw error;
    const fieldErrors = error.problems.map((message) => ({ field: '', message }));
    const publicMessage = `The configuration does not fit: ${error.problems.slice(0, MAX_NAMED).join('; ')}`;
    throw new GatewayError('conflict', { publicMessage, fieldErrors, cause: error });
  }
}

/** In the message itself; all stand in the list of errors. */
const MAX_NAMED = 10;
