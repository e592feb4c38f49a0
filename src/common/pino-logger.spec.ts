import { generateKey, showKeyPrefix } from '../tenancy/key-format.js';
import { PinoLogger } from './pino-logger.js';

function logTo(level: string) {
  const lines: string[] = [];
  return { lines, logger: new PinoLogger(level, { write: (line) => void lines.push(line) }) };
}

it('writes one object a line, at or above its level', () => {
  const { lines, logger } = logTo('info');
  logger.log({ msg: 'told', code: 'x' }, 'place');
  logger.debug('not told');
  logger.error(new Error('broken'), 'place');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { msg: 'told', code: 'x', context: 'place' },
    { msg: 'broken', err: { message: 'broken', stack: expect.any(String) } },
  ]);
});

it('writes no key, wherever one stands', () => {
  const { lines, logger } = logTo('trace');
  const key = generateKey('tpk_');
  logger.warn(`No model "${key}"`);
  logger.warn({ msg: 'no', model: key, [key]: 1 });
  logger.error({ msg: 'no', cause: new Error(key) });
  logger.fatal(new Error(key, { cause: new Error(key) }));
  expect(lines).toHaveLength(4);
  for (const line of lines) {
    expect(line).not.toContain(key.slice(0, showKeyPrefix(key).length + 1));
    expect(line).toContain(showKeyPrefix(key));
  }
});
