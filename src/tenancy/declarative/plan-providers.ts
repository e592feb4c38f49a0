import type { DeclaredProvider, SealedCredential } from '../../config/declarative/declarative-config.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { providerKeyPlace } from '../../storage/encryption/provider-key-place.js';
import type { CurrentRows } from './current-rows.js';
import type { OwnedSection } from './declared-owners.js';
import { listNamed, planOwnedRows } from './plan-owned-rows.js';
import type { PlanContext, RowsPlan } from './plan-rows.js';
import { locateApiKey, openFromExport } from './seal-for-export.js';

export async function planProviders(
  sections: readonly OwnedSection[],
  current: CurrentRows,
  context: PlanContext,
): Promise<RowsPlan<ProviderEntity>> {
  const problems: string[] = [];
  const open = (apiKey: string | SealedCredential, label: string): string | null => {
    const text =
      typeof apiKey === 'string'
        ? apiKey
        : openFromExport(apiKey.sealed, locateApiKey(label), context.secretBox);
    if (text === null) problems.push(`${label}: ${CANNOT_OPEN}`);
    return text;
  };
  const plan = await planOwnedRows<ProviderEntity, DeclaredProvider>(
    {
      kind: 'provider',
      field: 'providers',
      sections,
      list: ({ section }) => listNamed(section.providers),
      convert: ({ apiKey, ...columns }, { label }, { id, row }) => {
        const text = apiKey === null ? null : open(apiKey, `${label}providers/${columns.name}`);
        const stored = row?.apiKeySealed ?? null;
        return {
          ...columns,
          apiKeySealed: text === null ? null : sealApiKey(text, id, stored, context.secretBox),
        };
      },
      rows: current.providers,
      current,
    },
    context,
  );
  return { ...plan, conflicts: [...plan.conflicts, ...problems] };
}

const CANNOT_OPEN =
  'its sealed apiKey does not open: ENCRYPTION_KEYS lack the key that sealed it, or the provider had another name';

/** A credential that has not changed stays sealed as it is, for each sealing gives another text. */
function sealApiKey(
  apiKey: string,
  id: string,
  sealed: string | null,
  secretBox: PlanContext['secretBox'],
): string {
  const place = providerKeyPlace(id);
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
