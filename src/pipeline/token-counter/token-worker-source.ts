import type { TokenWorkerData } from './token-worker-message.js';

/** Code of a counting thread. */
export interface TokenWorkerSource {
  entry: URL;
  data: TokenWorkerData;
}

/** The files beside this one: built ones in production, sources (whose types the runtime strips) under a test runner. */
export function locateTokenWorker(): TokenWorkerSource {
  const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const locate = (name: string): URL => new URL(`./${name}${suffix}`, import.meta.url);
  return {
    entry: locate('token-worker'),
    data: { encodersUrl: locate('token-encoders').href, splitterUrl: locate('split-text').href },
  };
}
