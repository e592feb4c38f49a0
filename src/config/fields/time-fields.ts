import { z } from 'zod';
import { isTimeZone } from '../../common/time-zone.js';

const FIRST_MS = Date.parse('2000-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** With an offset. In four digits of UTC, so that it can be written down again as it was read. */
export const momentField = z.iso
  .datetime({ offset: true, error: 'must be a moment: 2027-01-31T00:00:00Z' })
  .refine((text) => {
    const ms = Date.parse(text);
    return ms >= FIRST_MS && ms <= LAST_MS;
  }, 'must be between the years 2000 and 9999');

/** PostgreSQL knows no year 0. */
export const dayField = z.iso
  .date('must be a day: 2026-01-31')
  .refine((text) => !text.startsWith('0000'), 'must be after the year 0');

export const timeZoneField = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be an IANA time zone: Europe/Berlin');
