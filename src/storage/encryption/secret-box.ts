import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Where a sealed value stands. It is authenticated, so a value moved to another row does not open. */
export interface SealedPlace {
  table: string;
  row: string;
  column: string;
}

interface BoxKey {
  id: string;
  bytes: Buffer;
}

const NONCE_BYTES = 12;
const KEY_BYTES = 32;

/**
 * AES-256-GCM with a list of keys: the first seals, every one opens. Format `v1:keyId:nonce:ciphertext:tag`, base64url.
 * A key's id is the start of its SHA-256, so that keys need no names and an unknown one is told apart from a damaged value.
 */
export class SecretBox {
  private readonly keys: readonly BoxKey[];

  /** @param keys 32 bytes each, at least one. @throws when a key has another length. */
  constructor(keys: readonly Buffer[]) {
    if (keys.length === 0) throw new Error('At least one encryption key is needed');
    this.keys = keys.map((bytes) => {
      if (bytes.length !== KEY_BYTES) throw new Error('An encryption key must have 32 bytes');
      return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
    });
  }

  /** Of the key that seals; the second part of every value that it sealed. */
  get currentKeyId(): string {
    return (this.keys[0] as BoxKey).id;
  }

  seal(plaintext: string, place: SealedPlace): string {
    const key = this.keys[0] as BoxKey;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce);
    cipher.setAAD(renderPlace(place));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    const parts = [nonce, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return ['v1', key.id, ...parts].join(':');
  }

  /** @throws when the key is unknown, or the value was changed or moved. The message holds neither key nor text. */
  open(sealed: string, place: SealedPlace): string {
    const [version, keyId, nonce, ciphertext, tag, ...rest] = sealed.split(':');
    if (version !== 'v1' || !keyId || !nonce || ciphertext === undefined || !tag || rest.length > 0) {
      throw new Error(`The sealed value in ${place.table}.${place.column} has an unknown format`);
    }
    const key = this.keys.find((candidate) => candidate.id === keyId);
    if (!key) throw new Error(`No encryption key ${keyId}, which sealed ${place.table}.${place.column}`);
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(nonce, 'base64url'));
    decipher.setAAD(renderPlace(place));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    try {
      const start = decipher.update(Buffer.from(ciphertext, 'base64url'));
      return Buffer.concat([start, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new Error(`The sealed value in ${place.table}.${place.column} does not open`, { cause });
    }
  }
}

function renderPlace(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.row, place.column]));
}
