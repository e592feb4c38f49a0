import type { SealedPlace, SecretBox } from '../../storage/encryption/secret-box.js';

/**
 * Where a secret stands in an export. Ids differ from one database to the next, so it is sealed for a place of the document.
 * No table is called `export`: such a value opens in no row, a row's value opens in no document, and neither opens in
 * another place.
 */
export type ExportedPlace = SealedPlace & { table: 'export' };

/** @param label of the provider by its name: `providers/main`, `tenants/acme/providers/main`. */
export function locateApiKey(label: string): ExportedPlace {
  return { table: 'export', row: label, column: 'apiKey' };
}

/** Budgets need no names, so all of an owner's are one place. @param ownerLabel empty, or `tenants/acme/`. */
export function locateWebhookUrl(ownerLabel: string): ExportedPlace {
  return { table: 'export', row: `${ownerLabel}budgets`, column: 'webhookUrl' };
}

export function sealForExport(
  text: string,
  place: ExportedPlace,
  secretBox: Pick<SecretBox, 'seal'>,
): string {
  return secretBox.seal(text, place);
}

/** Null: none of our keys sealed it for this place. */
export function openFromExport(
  sealed: string,
  place: ExportedPlace,
  secretBox: Pick<SecretBox, 'open'>,
): string | null {
  try {
    return secretBox.open(sealed, place);
  } catch {
    // Why it does not open is the same to whoever imports it: the right key is not here.
    return null;
  }
}
