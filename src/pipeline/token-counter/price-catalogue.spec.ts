import { createId, type Owner, type TenantId } from '../../common/ids.js';
import type { Price, PriceEntry, ProviderKind } from '../../tenancy/config-snapshot.js';
import { ANTHROPIC_PRICES } from './anthropic-prices.js';
import { OPENAI_PRICES } from './openai-prices.js';
import { PriceIndex } from './price-catalogue.js';

const TODAY_MS = Date.UTC(2026, 10, 24, 12);
const USD = 1_000_000_000n;

function row(upstreamModel: string, effectiveFrom: string, inputUsd: bigint): PriceEntry {
  return {
    owner: 'platform',
    providerKind: 'openai',
    upstreamModel,
    effectiveFrom,
    source: 'contract',
    inputNanoUsdPerMTok: inputUsd * USD,
    outputNanoUsdPerMTok: inputUsd * USD,
    cacheReadNanoUsdPerMTok: null,
    cacheWriteNanoUsdPerMTok: null,
    cacheWrite1hNanoUsdPerMTok: null,
    reasoningNanoUsdPerMTok: null,
  };
}

function findInput(
  upstreamModel: string,
  rows: PriceEntry[] = [],
  kind: ProviderKind = 'openai',
  nowMs = TODAY_MS,
): bigint | undefined {
  return new PriceIndex(rows).findPrice({ upstreamModel, price: null }, kind, nowMs)?.inputNanoUsdPerMTok;
}

describe('PriceIndex', () => {
  it.each<[ProviderKind, string, bigint]>([
    ['openai', 'gpt-4o', 2_500_000_000n],
    ['openai', 'gpt-4o-mini', 150_000_000n],
    ['openai', 'gpt-6.2-sol', 2n * USD],
    ['openai', 'gpt-5-nano', 50_000_000n],
    ['anthropic', 'claude-opus-5-5', 4n * USD],
    ['anthropic', 'claude-haiku-4-5', 1n * USD],
    ['simulated', 'simulated-1', 100_000_000n],
    ['simulated', 'sim:latency=20:tokens=5', 100_000_000n],
  ])('knows the list price of %s %s', (kind, model, nanoUsd) => {
    expect(findInput(model, [], kind)).toBe(nanoUsd);
  });

  it.each<[ProviderKind, string, bigint]>([
    ['openai', 'gpt-4o-2024-08-06', 2_500_000_000n],
    ['openai', 'gpt-4o-mini-2024-07-18', 150_000_000n],
    ['anthropic', 'claude-sonnet-4-5-20250929', 3n * USD],
    ['anthropic', 'claude-sonnet-4-5@20250929', 3n * USD],
    ['anthropic', 'claude-3-5-haiku-latest', 800_000_000n],
  ])('prices the dated snapshot %s %s as its family', (kind, model, nanoUsd) => {
    expect(findInput(model, [], kind)).toBe(nanoUsd);
  });

  it('prices a snapshot that has a price of its own by that', () => {
    expect(findInput('gpt-4o-2024-05-13')).toBe(5n * USD);
  });

  it.each<[ProviderKind, string]>([
    ['openai', 'gpt-4o-audio-preview'],
    ['openai', 'gpt-4o-audio-preview-2024-12-17'],
    ['openai', 'gpt-4o-realtime-preview'],
    ['openai', 'gpt-4-32k'],
    ['openai', 'gpt-6'],
    ['openai', 'ft:gpt-4o-2024-08-06:acme::1'],
    ['openai', 'claude-opus-5-5'],
    ['anthropic', 'claude-opus-5-5-preview'],
    ['simulated', 'gpt-4o'],
    ['openai', 'toString'],
    ['openai', ''],
  ])('knows no price for %s %s, rather than that of a shorter name', (kind, model) => {
    expect(findInput(model, [], kind)).toBeUndefined();
  });

  it('takes the price of the deployment before any other', () => {
    const price = row('', '', 7n);
    const found = new PriceIndex([row('gpt-4o', '2026-01-01', 9n)]).findPrice(
      { upstreamModel: 'gpt-4o', price },
      'openai',
      TODAY_MS,
    );
    expect(found).toBe(price);
  });

  it("lets a tenant price its own providers, and never the platform's", () => {
    const own: PriceEntry = { ...row('gpt-4o', '2026-01-01', 0n), owner: 'acme' as TenantId };
    const index = new PriceIndex([own, row('gpt-4o', '2026-01-01', 9n)]);
    const free = row('', '', 0n);
    const find = (modelOwner: Owner, providerOwner: Owner, price: Price | null) => {
      const deployment = { upstreamModel: 'gpt-4o', price };
      const priced = { deployment, provider: { kind: 'openai' as const, owner: providerOwner } };
      return index.findPriceOf(modelOwner, priced, TODAY_MS)?.inputNanoUsdPerMTok;
    };
    const acme = 'acme' as TenantId;
    expect(find(acme, acme, null)).toBe(0n);
    expect(find(acme, acme, free)).toBe(0n);
    expect(find(acme, 'platform', null)).toBe(9n * USD);
    expect(find(acme, 'platform', free)).toBe(9n * USD);
    expect(find('platform', 'platform', free)).toBe(0n);
  });

  it('takes the newest row that is in force before the list price, whatever the order of the rows', () => {
    const rows = [
      row('gpt-4o', '2026-11-24', 3n),
      row('gpt-4o', '2026-11-25', 4n),
      row('gpt-4o', '2026-01-01', 5n),
    ];
    expect(findInput('gpt-4o', rows)).toBe(3n * USD);
    expect(findInput('gpt-4o-2024-08-06', rows.reverse())).toBe(3n * USD);
  });

  it('takes a row of the tenant before a newer one of the platform', () => {
    const own = { ...row('gpt-4o', '2026-01-01', 2n), owner: createId<TenantId>() };
    expect(findInput('gpt-4o', [row('gpt-4o', '2026-11-01', 9n), own])).toBe(2n * USD);
  });

  it('changes the price at midnight UTC, and keeps to the list price before a row begins', () => {
    const rows = [row('gpt-4o', '2026-11-25', 4n)];
    const midnightMs = Date.UTC(2026, 10, 25);
    expect(findInput('gpt-4o', rows, 'openai', midnightMs - 1)).toBe(2_500_000_000n);
    expect(findInput('gpt-4o', rows, 'openai', midnightMs)).toBe(4n * USD);
  });

  it('prefers an exact row, then the family, then the longest prefix', () => {
    const rows = [
      row('acme-*', '2026-01-01', 1n),
      row('acme-large-*', '2026-01-01', 2n),
      row('acme-large-x', '2026-01-01', 3n),
    ];
    expect(findInput('acme-small', rows)).toBe(1n * USD);
    expect(findInput('acme-large-y', rows)).toBe(2n * USD);
    expect(findInput('acme-large-x-2026-01-31', rows)).toBe(3n * USD);
  });

  it('knows yesterday from today in its own catalogue', () => {
    const beforeCut = Date.UTC(2026, 9, 6);
    const find = (nowMs: number): bigint | null | undefined =>
      new PriceIndex([]).findPrice({ upstreamModel: 'claude-sonnet-5-5', price: null }, 'anthropic', nowMs)
        ?.cacheReadNanoUsdPerMTok;
    expect(find(beforeCut)).toBe(200_000_000n);
    expect(find(TODAY_MS)).toBe(100_000_000n);
  });

  it.each([...OPENAI_PRICES, ...ANTHROPIC_PRICES].map((entry) => [entry.upstreamModel, entry] as const))(
    'holds plausible rates for %s: reads below input, writes above, output above input',
    (_model, entry) => {
      const { inputNanoUsdPerMTok: input, cacheWriteNanoUsdPerMTok: write } = entry;
      expect(input).toBeGreaterThan(0n);
      expect(entry.outputNanoUsdPerMTok).toBeGreaterThan(input);
      expect(entry.cacheReadNanoUsdPerMTok ?? 1n).toBeLessThan(input);
      expect(write ?? (input * 5n) / 4n).toBe((input * 5n) / 4n);
      expect(entry.cacheWrite1hNanoUsdPerMTok ?? input * 2n).toBe(input * 2n);
      expect(entry.effectiveFrom).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(entry.source).toMatch(/^https:\/\//);
    },
  );
});
