import { AddressRefusedError } from './connect-guard.js';
import { describeFailure } from './describe-failure.js';
import { UpstreamFailure, type UpstreamFailureKind } from './upstream-transport.port.js';

const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

describe('describeFailure', () => {
  it.each<[UpstreamFailureKind, Error, string]>([
    [
      'connect',
      withCode('connect ECONNREFUSED 10.1.2.3:443', 'ECONNREFUSED'),
      'connect: no connection could be made (ECONNREFUSED)',
    ],
    [
      'reset',
      new Error('other side closed', { cause: withCode('read ECONNRESET', 'ECONNRESET') }),
      'reset: the exchange broke (ECONNRESET)',
    ],
    ['connect', withCode('failed', 'at 10.1.2.3'), 'connect: no connection could be made'],
    [
      'address-refused',
      new AddressRefusedError('llm.internal', 'fd00::17'),
      'address-refused: the address may not be called',
    ],
  ])('tells the kind %s and a code, never the address', (kind, cause, expected) => {
    expect(describeFailure(new UpstreamFailure(kind, cause.message, { cause }))).toBe(expected);
  });
});
