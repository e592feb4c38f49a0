import { IANAZone } from 'luxon';

/** Whether this is a time zone of the IANA database. Offsets such as `+05:30` are not: PostgreSQL reads their sign the other way. */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && IANAZone.isValidZone(name);
}
