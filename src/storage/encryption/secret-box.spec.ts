import { randomBytes } from 'node:crypto';
import { SecretBox } from './secret-box.js';

const place = { table: 'providers', row: 'a', column: 'api_key_sealed' };

describe('SecretBox', () => {
  it('opens what it sealed, with any key of the list', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const sealed = new SecretBox([older]).seal('sk-secret', place);
    expect(new SecretBox([newer, older]).open(sealed, place)).toBe('sk-secret');
  });

  it('seals with the first key', () => {
    const [older, newer] = [randomBytes(32), randomBytes(32)];
    const sealed = new SecretBox([newer, older]).seal('x', place);
    expect(() => new SecretBox([older]).open(sealed, place)).toThrow(/No encryption key/);
  });

  it.each([
    ['another row', { ...place, row: 'b' }],
    ['another column', { ...place, column: 'c' }],
    ['another table', { ...place, table: 't' }],
  ])('does not open a value that was moved to %s', (_, moved) => {
    const box = new SecretBox([randomBytes(32)]);
    expect(() => box.open(box.seal('x', place), moved)).toThrow(/does not open/);
  });

  it('does not open a changed value', () => {
    const box = new SecretBox([randomBytes(32)]);
    const parts = box.seal('some secret', place).split(':');
    parts[3] = Buffer.from('another one').toString('base64url');
    expect(() => box.open(parts.join(':'), place)).toThrow(/does not open/);
  });

  it('refuses keys that are not 32 bytes', () => {
    expect(() => new SecretBox([randomBytes(16)])).toThrow(/32 bytes/);
  });
});
