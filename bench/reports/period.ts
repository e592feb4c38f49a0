export const DAY_MS = 86_400_000;
export const DAYS = 90;
/** Three weeks before New York's clocks change on 8 March 2026; the period ends after Europe's have changed too. */
export const START_MS = Date.UTC(2026, 1, 15);
