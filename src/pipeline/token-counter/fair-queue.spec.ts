import { FairQueue } from './fair-queue.js';

function drain(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) items.push(item);
  return items;
}

describe('FairQueue', () => {
  it('serves owners in turn and each in its order', () => {
    const queue = new FairQueue<string>(10, 10);
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item);
    for (const item of ['b1', 'b2']) queue.push('b', item);
    expect(drain(queue)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('lets no owner wait for more than one item of each other owner', () => {
    const queue = new FairQueue<string>(100, 50);
    for (let index = 0; index < 50; index += 1) queue.push('busy', `busy${index}`);
    queue.shift();
    queue.push('late', 'late');
    expect([queue.shift(), queue.shift()]).toContain('late');
  });

  it('refuses beyond its length and beyond an owner’s share, and takes again once served', () => {
    const queue = new FairQueue<string>(3, 2);
    const taken = ['a1', 'a2', 'a3'].map((item) => queue.push('a', item));
    expect([...taken, queue.push('b', 'b1'), queue.push('c', 'c1')]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    queue.shift();
    expect(queue.push('c', 'c1')).toBe(true);
    expect(drain(queue)).toEqual(['b1', 'a2', 'c1']);
    expect(queue.isEmpty).toBe(true);
  });
});
