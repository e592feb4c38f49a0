import { DeadlineSweeper, isDue, type Sweepable } from './deadline-sweeper.js';

class Item implements Sweepable {
  previous: Sweepable | null = null;
  next: Sweepable | null = null;
  readonly sweeps: number[] = [];
  action: () => void = () => undefined;

  onSweep(nowMs: number): void {
    this.sweeps.push(nowMs);
    this.action();
  }
}

/** Resolves with the item's n-th sweep. */
function waitForSweeps(item: Item, count: number): Promise<void> {
  return new Promise((resolve) => {
    item.action = () => {
      if (item.sweeps.length >= count) resolve();
    };
  });
}

describe('DeadlineSweeper', () => {
  let sweeper: DeadlineSweeper;
  beforeEach(() => {
    sweeper = new DeadlineSweeper();
  });
  afterEach(() => sweeper.close());

  it('shows every item a time that advances', async () => {
    const items = [new Item(), new Item(), new Item()];
    for (const item of items) sweeper.add(item);
    await waitForSweeps(items[0] as Item, 3);
    for (const { sweeps } of items) expect(sweeps).toEqual([...sweeps].sort((a, b) => a - b));
    expect(items.map(({ sweeps }) => sweeps.length)).toEqual([3, 3, 3]);
  });

  it('leaves out what was removed, from inside a sweep too, itself and its neighbours', async () => {
    const [first, second, third, last] = [new Item(), new Item(), new Item(), new Item()];
    // Newest first: `first` is swept first.
    for (const item of [last, third, second, first]) sweeper.add(item);
    first.action = () => {
      sweeper.remove(first);
      sweeper.remove(second);
    };
    await waitForSweeps(last, 2);
    expect([first, second, third, last].map(({ sweeps }) => sweeps.length)).toEqual([1, 0, 2, 2]);
  });

  it('stands removing what is not in', () => {
    const [inside, outside] = [new Item(), new Item()];
    sweeper.add(inside);
    sweeper.remove(outside);
    sweeper.remove(inside);
    sweeper.remove(inside);
    expect([inside.next, inside.previous]).toEqual([null, null]);
  });

  it('does not count the time for which the event loop was blocked', async () => {
    const item = new Item();
    sweeper.add(item);
    const blockedUntil = performance.now() + 300;
    while (performance.now() < blockedUntil);
    await waitForSweeps(item, 1);
    expect(item.sweeps[0]).toBeLessThanOrEqual(50);
  });

  it('starts again after it ran empty', async () => {
    const [early, late] = [new Item(), new Item()];
    sweeper.add(early);
    await waitForSweeps(early, 1);
    sweeper.remove(early);
    await new Promise((resolve) => setTimeout(resolve, 60));
    sweeper.add(late);
    await waitForSweeps(late, 1);
    expect(late.sweeps).toHaveLength(1);
  });
});

describe('isDue', () => {
  it('is never early though start times are up to a tick old', () => {
    expect([isDue(0, 100, 124), isDue(0, 100, 125)]).toEqual([false, true]);
  });
});
