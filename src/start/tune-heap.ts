import { setFlagsFromString } from 'node:v8';

/**
 * Garbage of the old generation that may pile up before it is collected, in percent of what was live after the last time.
 *
 * V8 by itself waits for up to 300 % while there is memory: the resident memory of a loaded gateway then keeps growing for
 * its first 100,000 requests, to 795 MB where 180 MB are live. What more frequent collections cost, and what they save, is in
 * bench/README.md.
 */
const GROWTH_PERCENT = 40;

/**
 * Collections after eight seconds without much allocation, which V8 makes twice to give memory back. They also drop compiled code
 * that was not needed for a while and shrink the young generation to its smallest: the traffic that follows a lull then costs
 * half as much again for several seconds.
 */
const IDLE_COLLECTIONS = 0;

/** Whoever calls it later than V8 starts is heard all the same: both are read each time. */
export function tuneHeap(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
  setFlagsFromString(`--memory-reducer-gc-count=${IDLE_COLLECTIONS}`);
}
