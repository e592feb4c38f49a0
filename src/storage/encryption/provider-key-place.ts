import type { SealedPlace } from './secret-box.js';

/** Where a provider's sealed key stands. Every key is sealed for this place: another spelling opens none of them. */
export function providerKeyPlace(providerId: string): SealedPlace {
  return { table: 'providers', row: providerId, column: 'api_key_sealed' };
}
