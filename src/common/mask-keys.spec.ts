import { generateKey, showKeyPrefix } from '../tenancy/key-format.js';
import { maskKeys } from './mask-keys.js';

it.each(['tpk_', 'tpa_'] as const)('leaves the shown prefix of every %s key, and no more', (kind) => {
  const [one, two] = [generateKey(kind), generateKey(kind)];
  expect(maskKeys(`{"model":"${one}","more":"x${two},${one.slice(0, 40)}"}`)).toBe(
    `{"model":"${showKeyPrefix(one)}***","more":"x${showKeyPrefix(two)}***,${showKeyPrefix(one)}***"}`,
  );
});

it('leaves other text alone, also prefixes', () => {
  const text = `{"prefix":"${showKeyPrefix(generateKey('tpk_'))}","model":"tpk_","id":"0197f3a0-7c1e"}`;
  expect(maskKeys(text)).toBe(text);
});
