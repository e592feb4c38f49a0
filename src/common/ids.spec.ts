import { jest } from '@jest/globals';
import { validate, version } from 'uuid';
import { createId } from './ids.js';

it('makes valid, distinct ids in the order of their making, also within one millisecond', () => {
  const ids = Array.from({ length: 20_000 }, () => createId());
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

it('keeps the order when the clock steps back', () => {
  const before = createId();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 60_000);
  try {
    expect(createId() > before).toBe(true);
  } finally {
    clock.mockRestore();
  }
});
