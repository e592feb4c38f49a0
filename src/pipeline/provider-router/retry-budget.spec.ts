import { RetryBudget } from './retry-budget.js';

describe('RetryBudget', () => {
  it('allows retries for a fifth of the requests beyond the minimum', () => {
    const budget = new RetryBudget({ ratio: 0.2, minimumPerSecond: 5 }, 0);
    let retries = 0;
    for (let request = 0; request < 1_000; request++) {
      budget.recordRequest();
      while (budget.tryTake(0)) retries += 1;
    }
    expect(retries).toBeGreaterThanOrEqual(200);
    expect(retries).toBeLessThanOrEqual(205);
  });

  it('refills with time and saves up no more than its bound', () => {
    const budget = new RetryBudget({ ratio: 0, minimumPerSecond: 5 }, 0);
    let retries = 0;
    while (budget.tryTake(0)) retries += 1;
    expect(retries).toBe(5);
    while (budget.tryTake(3_600_000)) retries += 1;
    expect(retries).toBe(105);
  });
});
