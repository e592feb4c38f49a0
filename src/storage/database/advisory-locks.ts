/** Every advisory lock of this product in one place: two users of one number would wait for each other. */
export const ADVISORY_LOCKS = {
  /** Held while migrations run. */
  migration: 7_215_011_001,
  /** Held while partitions are made and detached. */
  partitionMaintenance: 7_215_011_002,
  /** Held while a declarative configuration is applied, and while rows are written that name each other. */
  declarativeConfig: 7_215_011_003,
  /** Held for the whole life of a gateway that has no Redis. */
  singleProcess: 7_215_011_004,
} as const;
