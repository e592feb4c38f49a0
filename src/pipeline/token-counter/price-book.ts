import type { Price, PriceEntry, ProviderKind } from '../../tenancy/config-snapshot.js';
import { findModelFamily } from './find-model-family.js';

type DatedEntry = Price & Pick<PriceEntry, 'effectiveFrom'>;

interface PrefixEntry extends DatedEntry {
  prefix: string;
}

/** The prices of one kind of provider. */
interface Shelf {
  /** By name, newest first. */
  byModel: Map<string, DatedEntry[]>;
  /** Longest prefix first, newest first. */
  prefixes: PrefixEntry[];
}

/** Dated prices, found by model and day. Built once; look-ups do not change it. */
export class PriceBook {
  private readonly shelves = new Map<ProviderKind, Shelf>();

  constructor(entries: readonly PriceEntry[]) {
    for (const entry of entries) this.add(entry);
    for (const shelf of this.shelves.values()) sortShelf(shelf);
  }

  /**
   * The price in force on `day` (`2026-01-31`, UTC): of the very name, else of the family that a dated snapshot belongs to,
   * else of the longest prefix. Null where none is known.
   */
  find(providerKind: ProviderKind, model: string, day: string): Price | null {
    const shelf = this.shelves.get(providerKind);
    if (shelf === undefined) return null;
    const family = findModelFamily(model);
    return (
      findNewest(shelf.byModel.get(model), day) ??
      (family === null ? null : findNewest(shelf.byModel.get(family), day)) ??
      shelf.prefixes.find((entry) => model.startsWith(entry.prefix) && entry.effectiveFrom <= day) ??
      null
    );
  }

  private add(entry: PriceEntry): void {
    const shelf = this.getShelf(entry.providerKind);
    if (entry.upstreamModel.endsWith('*')) {
      shelf.prefixes.push({ ...entry, prefix: entry.upstreamModel.slice(0, -1) });
      return;
    }
    const dated = shelf.byModel.get(entry.upstreamModel);
    if (dated === undefined) shelf.byModel.set(entry.upstreamModel, [entry]);
    else dated.push(entry);
  }

  private getShelf(providerKind: ProviderKind): Shelf {
    let shelf = this.shelves.get(providerKind);
    if (shelf === undefined) {
      shelf = { byModel: new Map(), prefixes: [] };
      this.shelves.set(providerKind, shelf);
    }
    return shelf;
  }
}

function sortShelf(shelf: Shelf): void {
  for (const entries of shelf.byModel.values()) entries.sort(compareAge);
  shelf.prefixes.sort((left, right) => right.prefix.length - left.prefix.length || compareAge(left, right));
}

/** ISO days sort as text. */
function compareAge(left: DatedEntry, right: DatedEntry): number {
  if (left.effectiveFrom === right.effectiveFrom) return 0;
  return left.effectiveFrom < right.effectiveFrom ? 1 : -1;
}

function findNewest(entries: readonly DatedEntry[] | undefined, day: string): DatedEntry | null {
  return entries?.find(({ effectiveFrom }) => effectiveFrom <= day) ?? null;
}
