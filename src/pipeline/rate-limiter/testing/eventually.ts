const POLL_MS = 10;
const DEADLINE_MS = 10_000;

/** The first value that is not null. @throws when none comes in time. */
export async function eventually<Value>(read: () => Promise<Value | null> | Value | null): Promise<Value> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await read();
    if (value !== null) return value;
    if (performance.now() > endMs) throw new Error(`Nothing came within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
