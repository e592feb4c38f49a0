import { setFlagsFromString } from 'node:v8';

/**
 * Garbage of the old generation that may pile up before it is collected, in percent of what was live after the last time.
 *
 * V8 by itself waits for up to 300 % while there is memory: the resident memory of a loaded gateway then keeps growing for
 * its first 100,000 requests, to 795 MB where 180 MB are live. What more frequent collections cost, and what they save, is in
 * bench/README.md.
 */
const GROWTH_PERCENT = 40;

export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
