/** A bounded queue that serves its owners in turn, however much any one of them puts in. */
export class FairQueue<Item> {
  private readonly waiting = new Map<string, Item[]>();
  private length = 0;

  constructor(
    private readonly maxItems: number,
    private readonly maxItemsPerOwner: number,
  ) {}

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** False when the queue, or this owner's share of it, is full. */
  push(owner: string, item: Item): boolean {
    const own = this.waiting.get(owner);
    if (this.length >= this.maxItems || (own?.length ?? 0) >= this.maxItemsPerOwner) return false;
    if (own === undefined) this.waiting.set(owner, [item]);
    else own.push(item);
    this.length += 1;
    return true;
  }

  /** The oldest item of the owner whose turn it is; that owner comes last then. */
  shift(): Item | undefined {
    const [next] = this.waiting;
    if (next === undefined) return undefined;
    const [owner, items] = next;
    const item = items.shift();
    this.waiting.delete(owner);
    if (items.length > 0) this.waiting.set(owner, items);
    this.length -= 1;
    return item;
  }
}
