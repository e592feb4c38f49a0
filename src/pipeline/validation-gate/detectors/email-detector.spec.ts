import fc from 'fast-check';
import { EmailDetector } from './email-detector.js';

const find = (text: string) =>
  new EmailDetector().findMatches(text).map(({ start, end }) => text.slice(start, end));

describe('e-mail detector', () => {
  it.each([
    ['Write to alice@example.com.', ['alice@example.com']],
    [
      '<bob.smith+tag@mail.example.co.uk>, carol@sub.example.museum',
      ['bob.smith+tag@mail.example.co.uk', 'carol@sub.example.museum'],
    ],
    ['mailto:dan@example.org?subject=x', ['dan@example.org']],
    ["'eve@example.com' (frank_7@example.io)", ['eve@example.com', 'frank_7@example.io']],
    ['请联系grace@example.com谢谢', ['grace@example.com']],
    ['jörg@müller.example and иван@почта.рф', ['jörg@müller.example', 'иван@почта.рф']],
    ['heidi@xn--mller-kva.xn--p1ai', ['heidi@xn--mller-kva.xn--p1ai']],
    ['ivan@example.com-judy@example.com', ['ivan@example.com-judy@example.com']],
    ['mallory@example.com--', ['mallory@example.com']],
    ['niaj@2x.com, olivia@1x.example.com', ['niaj@2x.com', 'olivia@1x.example.com']],
  ])('finds the addresses in %s', (text, addresses) => {
    expect(find(text)).toEqual(addresses);
  });

  it.each([
    ['a mention', '@alice and @bob.builder'],
    ['a package', 'npm i @scope/name lodash@4.17.21 react@latest'],
    ['a pixel ratio', 'icon@2x.png photo@3x.JPEG'],
    ['a host without a top level', 'root@localhost, user@10.0.0.1'],
    ['lone signs', '@@@ a@ @b.com a@.com a@b.c'],
  ])('takes %s for no address', (_, text) => {
    expect(find(text)).toEqual([]);
  });

  it('covers any ordinary address, wherever it stands', () => {
    const around = fc.constantFrom('', ' ', '\n', '"', '(', ')', '<', '>', ',', ';', ':', '语', '…');
    fc.assert(
      fc.property(fc.emailAddress(), around, around, (address, before, after) => {
        fc.pre(/^[A-Za-z0-9_]/.test(address));
        expect(find(before + address + after)).toEqual([address]);
      }),
    );
  });
});
