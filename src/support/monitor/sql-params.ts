/** Largest timestamp that both sides can express; ends beyond it mean "until ever". */
const MAX_TIME_MS = Date.UTC(9999, 11, 31);

/** Collects parameters while the text is written: `add(value)` gives `$n`. */
export class SqlParams {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  addTime(epochMs: number): string {
    return `to_timestamp(${this.add(Math.min(epochMs, MAX_TIME_MS))}::float8 / 1000)`;
  }

  addTimes(epochsMs: readonly number[]): string {
    return `${this.add(epochsMs.map((epochMs) => new Date(epochMs).toISOString()))}::timestamptz[]`;
  }
}
