import { createHmac, randomBytes } from 'node:crypto';

/** Never stored and another in each process, so that nobody finds a weak secret by trying. */
const SALT = randomBytes(32);

/**
 * Tells whether a secret changed between `before` and `after` of one audit entry, which the same process made. It says
 * nothing across entries: those follow each other without gaps anyway.
 */
export function fingerprint(secret: string): string {
  return createHmac('sha256', SALT).update(secret).digest('hex').slice(0, 12);
}
