import { GatewayError } from '../../errors/gateway-error.js';

/** Strong ETag of a row: its revision. */
export function renderEtag(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision that the client expects; null for `*`, which overrides.
 * @throws GatewayError: precondition_required without the header, precondition_failed for a tag that never was one of ours.
 */
export function parseIfMatch(header: string | undefined): number | null {
  if (header === undefined) throw new GatewayError('precondition_required');
  if (header.trim() === '*') return null;
  const match = /^"(\d{1,9})"$/.exec(header.trim());
  if (!match) throw new GatewayError('precondition_failed');
  return Number(match[1]);
}

/** @throws GatewayError('precondition_failed') when another change came first. */
export function assertRevision(expected: number | null, actual: number): void {
  if (expected !== null && expected !== actual) throw new GatewayError('precondition_failed');
}
