/**
 * Loaded into a measured gateway with `--expose-gc --import`: answers the parent's question with what is left on the heap
 * after a forced collection. It must not keep the gateway alive, so the channel is let go of again.
 */
export interface MemoryAnswer {
  type: 'memory';
  heapBytes: number;
  externalBytes: number;
  rssBytes: number;
}

process.on('message', (message: unknown) => {
  if ((message as { type?: unknown }).type !== 'measure-memory') return;
  // Twice: finalisers of the first run free what the second can collect. The thorough kind also gives back the pages that V8
  // keeps for later, so that RSS shows what is retained.
  for (let run = 0; run < 2; run++)
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ type: 'memory', heapBytes: heapUsed, externalBytes: external, rssBytes: rss });
});
process.channel?.unref();
