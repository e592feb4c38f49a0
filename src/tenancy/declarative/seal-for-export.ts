import type { SealedPlace, SecretBox } from '../../storage/encryption/secret-box.js';

/**
 * Where a credential stands in an export. Ids differ from one database to the next, so it is sealed for the provider's own
 * name (`providers/main`, `tenants/acme/providers/main`). No table is called `export`: such a value opens in no row, a row's
 * value opens in no document, and neither opens under another provider's name.
 */
function locate(label: string): SealedPlace {
  return { table: 'export', row: label, column: 'apiKey' };
}

export function sealForExport(text: string, label: string, secretBox: Pick<SecretBox, 'seal'>): string {
  return secretBox.seal(text, locate(label));
}

/** Null: none of our keys sealed it for this provider. */
export function openFromExport(
  sealed: string,
  label: string,
  secretBox: Pick<SecretBox, 'open'>,
): string | null {
  try {
    return secretBox.open(sealed, locate(label));
  } catch {
    // Why it does not open is the same to whoever imports it: the right key is not here.
    return null;
  }
}
