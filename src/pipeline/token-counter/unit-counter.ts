import type { CountingUnit } from './counting-unit.js';
import type { EncodingName, TextCounter } from './text-counter.port.js';
import { createVaultKey, type VaultIndex } from './vault-index.js';

/** More is not handed over at once: no model reads so much, and copying it would stop the event loop for milliseconds. */
const MAX_CHARACTERS = 2_000_000;

interface MissingUnit {
  index: number;
  key: string;
  texts: readonly string[];
}

/** Counts units that the vault does not know, in one call, and makes it know them. */
export class UnitCounter {
  constructor(
    private readonly vault: VaultIndex,
    private readonly textCounter: TextCounter,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Tokens of each unit's texts, in order; null where they could not be counted. Never rejects. */
  async countUnits(
    tenantId: string,
    encoding: EncodingName,
    units: readonly CountingUnit[],
  ): Promise<(number | null)[]> {
    const keys = units.map(({ texts }) =>
      texts.length === 0 ? null : createVaultKey(tenantId, encoding, texts),
    );
    const counts = keys.map((key) => (key === null ? 0 : this.vault.find(key)));
    const missing = listMissing(units, keys, counts);
    if (missing.length === 0) return counts;
    const found = await this.countMissing(tenantId, encoding, missing);
    missing.forEach(({ index, key }, position) => {
      const tokens = found[position] ?? null;
      counts[index] = tokens;
      if (tokens !== null) this.vault.remember(key, tokens);
    });
    return counts;
  }

  private async countMissing(
    tenantId: string,
    encoding: EncodingName,
    missing: readonly MissingUnit[],
  ): Promise<(number | null)[]> {
    const texts = missing.flatMap((unit) => unit.texts);
    try {
      const tokens = await this.textCounter.countTexts(tenantId, encoding, texts);
      return sumByUnit(missing, tokens);
    } catch (error) {
      this.onFailure(error);
      return [];
    }
  }
}

/** In order, as many as may be handed over at once. */
function listMissing(
  units: readonly CountingUnit[],
  keys: readonly (string | null)[],
  counts: readonly (number | null)[],
): MissingUnit[] {
  const missing: MissingUnit[] = [];
  let characters = 0;
  units.forEach(({ texts }, index) => {
    const key = keys[index] ?? null;
    if (key === null || counts[index] !== null) return;
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    if (characters + length > MAX_CHARACTERS) return;
    characters += length;
    missing.push({ index, key, texts });
  });
  return missing;
}

function sumByUnit(missing: readonly MissingUnit[], tokens: readonly (number | null)[]): (number | null)[] {
  let position = 0;
  return missing.map(({ texts }) => {
    const own = tokens.slice(position, position + texts.length);
    position += texts.length;
    return own.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
  });
}
