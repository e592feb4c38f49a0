import type { DeclaredProvider } from '../../config/declarative/declarative-config.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { listNamed, planOwnedRows } from './plan-owned-rows.js';
import type { PlanContext, RowsPlan } from './plan-rows.js';

export function planProviders(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): RowsPlan<ProviderEntity> {
  return planOwnedRows<ProviderEntity, DeclaredProvider>(
    {
      kind: 'provider',
      field: 'providers',
      sections,
      list: ({ section }) => listNamed(section.providers),
      convert: ({ apiKey, ...columns }, _owned, { id, row }) => ({
        ...columns,
        apiKeySealed:
          apiKey === null ? null : sealApiKey(apiKey, id, row?.apiKeySealed ?? null, context.secretBox),
      }),
      rows: current.providers,
      current,
    },
    context,
  );
}

/** A credential that has not changed stays sealed as it is, for each sealing gives another text. */
function sealApiKey(
  apiKey: string,
  id: string,
  sealed: string | null,
  secretBox: PlanContext['secretBox'],
): string {
  const place = { table: 'providers', row: id, column: 'api_key_sealed' };
  if (sealed !== null && isSealOf(apiKey, () => secretBox.open(sealed, place))) return sealed;
  return secretBox.seal(apiKey, place);
}

function isSealOf(apiKey: string, open: () => string): boolean {
  try {
    return open() === apiKey;
  } catch {
    // Sealed with a key that is no longer there. The file has the credential, so it is sealed anew.
    return false;
  }
}
