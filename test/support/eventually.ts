import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
const DEADLINE_MS = 10_000;

/** The first value that is not null. @throws when none comes in time. */
export async function eventually<Value>(
  read: () => Promise<Value | null> | Value | null,
  deadlineMs = DEADLINE_MS,
): Promise<Value> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (performance.now() > endMs) throw new Error(`Nothing came within ${deadlineMs} ms`);
    await sleep(POLL_MS);
  }
}
