import { verifyAuditChain } from '../../admin/audit/verify-audit-chain.js';
import type { OpenDatabase } from '../open-database.js';
import { broken, type Finding, ok } from './finding.js';

export async function checkAudit({ sql }: OpenDatabase): Promise<Finding[]> {
  const verdict = await verifyAuditChain(sql);
  if (verdict.isIntact) return [ok('audit log', `its chain of ${verdict.entries} entries is intact`)];
  return [
    broken(
      'audit log',
      `its chain breaks at entry ${verdict.brokenAtSeq}: ${verdict.reason}`,
      'Somebody changed the table around its triggers. Compare with a backup from before.',
    ),
  ];
}
