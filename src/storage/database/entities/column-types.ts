import type { ValueTransformer } from 'typeorm';

/** PostgreSQL bigint and numeric arrive as text; money and counters are bigint in the code. */
export const bigintTransformer: ValueTransformer = {
  to: (value: bigint | null | undefined) =>
    value === null || value === undefined ? value : value.toString(),
  from: (value: string | null) => (value === null ? null : BigInt(value)),
};

/** Safe while the column's check keeps it below 2^53. */
export const safeIntegerTransformer: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};
