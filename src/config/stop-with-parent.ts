/**
 * Calls back once when the process that started this one is gone, also when it was killed with SIGKILL: the channel that
 * `npm start` opens then closes. Does nothing where no such channel exists (containers, service managers).
 */
export function onParentExit(callback: () => void): void {
  if (!process.connected) return;
  process.once('disconnect', callback);
  // The channel alone must not keep a gateway alive that has finished.
  process.channel?.unref();
}
