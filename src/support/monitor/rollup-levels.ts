/** Length of a roll-up's buckets; all begin at UTC. */
export type RollupLevel = 'day' | 'sixHours' | 'hour' | 'quarter';

/** Of the finest roll-ups. */
export const BUCKET_MS = 15 * 60_000;

export const LEVEL_MS: Record<RollupLevel, number> = {
  day: 86_400_000,
  sixHours: 6 * 3_600_000,
  hour: 3_600_000,
  quarter: BUCKET_MS,
};
