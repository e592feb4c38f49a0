import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { NativeChatRequest } from '../../chat/native-request.js';
import type { TokenUsage } from '../../chat/usage.js';
import type { Price } from '../../tenancy/config-snapshot.js';
import { calculateCost, type Cost } from './calculate-cost.js';
import { countRequestTokens, type TokenCount } from './count-request-tokens.js';
import { countSimulatedTokens, isSimulatedModel } from './count-simulated-tokens.js';
import { estimateInputUpperBound } from './estimate-input-upper-bound.js';
import { estimateCacheTokens, estimateInputTokens } from './estimate-request-tokens.js';
import { estimateTokensOfBytes } from './estimate-text-tokens.js';
import { TextCountError } from './text-count-error.js';
import { TEXT_COUNTER, type TextCounter } from './text-counter.port.js';
import { findTokenProfile } from './token-profile.js';
import { UnitCounter } from './unit-counter.js';
import { VaultIndex } from './vault-index.js';

/**
 * Counts tokens and prices them. On the hot path `estimateInputUpperBound` is enough; an exact count is made where a limit
 * is near or the provider reported nothing.
 *
 * Guarantees: a count never fails and never stops the event loop; where the tokenizer could not be asked (queue full, time
 * over, thread gone) the count is an estimate and says so. Messages counted before are not counted again (VaultIndex).
 */
@Injectable()
export class TokenCounterService implements OnApplicationShutdown {
  private readonly logger = new Logger(TokenCounterService.name);
  private readonly unitCounter: UnitCounter;

  constructor(
    @Inject(TEXT_COUNTER) private readonly textCounter: TextCounter,
    vault: VaultIndex,
  ) {
    this.unitCounter = new UnitCounter(vault, textCounter, (error) => this.noteFailure(error));
  }

  /** Input tokens of a request for a model, as a provider would count them. */
  async countTokens(tenantId: string, native: NativeChatRequest, upstreamModel: string): Promise<TokenCount> {
    if (isSimulatedModel(upstreamModel)) {
      const source = native.dialect === 'openai-chat' ? 'tokenizer' : 'estimate';
      return { tokens: countSimulatedTokens(native), source };
    }
    const profile = findTokenProfile(upstreamModel);
    return countRequestTokens(native, upstreamModel, profile, (units) =>
      this.unitCounter.countUnits(tenantId, profile.encoding, units),
    );
  }

  /** What the input tokens do not exceed; see the function for whom that holds. Costs less than a microsecond without tools. */
  estimateInputUpperBound(native: NativeChatRequest, bodyBytes: number, upstreamModel: string): number {
    return estimateInputUpperBound(native, bodyBytes, upstreamModel);
  }

  /** The same as `countTokens`, about, and at once: for calls whose answer nobody waits for any more. */
  estimateInputTokens(native: NativeChatRequest, upstreamModel: string): number {
    return isSimulatedModel(upstreamModel)
      ? countSimulatedTokens(native)
      : estimateInputTokens(native, upstreamModel);
  }

  /** About how many tokens lie before the request's last cache mark; 0 without one. */
  estimateCacheTokens(native: NativeChatRequest, upstreamModel: string): number {
    return estimateCacheTokens(native, upstreamModel);
  }

  /** About how many tokens so many UTF-8 bytes of answer are. */
  estimateOutputTokens(outputBytes: number, upstreamModel: string): number {
    return estimateTokensOfBytes(outputBytes, findTokenProfile(upstreamModel));
  }

  calculateCost(usage: TokenUsage, price: Price): Cost {
    return calculateCost(usage, price);
  }

  onApplicationShutdown(): Promise<void> {
    return this.textCounter.close();
  }

  /** Load that is shed is expected; crashes are reported where they happen. */
  private noteFailure(error: unknown): void {
    if (error instanceof TextCountError)
      this.logger.debug({ msg: 'Tokens are estimated', failure: error.failure });
    else this.logger.error({ msg: 'Texts could not be counted', err: error });
  }
}
