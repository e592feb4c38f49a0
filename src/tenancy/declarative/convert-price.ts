import type { StoredPrice } from '../../storage/database/entities/deployment.entity.js';
import type { Price } from '../config-snapshot.js';

export function convertPrice(price: Price): StoredPrice {
  return {
    input: price.inputNanoUsdPerMTok.toString(),
    output: price.outputNanoUsdPerMTok.toString(),
    cacheRead: price.cacheReadNanoUsdPerMTok?.toString() ?? null,
    cacheWrite: price.cacheWriteNanoUsdPerMTok?.toString() ?? null,
    cacheWrite1h: price.cacheWrite1hNanoUsdPerMTok?.toString() ?? null,
    reasoning: price.reasoningNanoUsdPerMTok?.toString() ?? null,
  };
}
