import { GatewayError } from '../errors/gateway-error.js';

const MAX_TAGS = 10;
const TAG_PATTERN = /^([A-Za-z0-9_.-]{1,64})=([^,=\s][^,=]{0,127})$/;
const NO_TAGS: Record<string, string> = Object.freeze({});

/**
 * Tags of `x-tokenpak-tags: team=a,app=b`, overruled by those fixed on the key.
 * @throws GatewayError('invalid_request') for more than 10 tags, a malformed one, or a required one that is missing.
 */
export function resolveTags(
  header: string | undefined,
  fixed: Record<string, string>,
  required: readonly string[],
): Record<string, string> {
  const tags = header === undefined ? (isEmpty(fixed) ? NO_TAGS : fixed) : { ...parseTags(header), ...fixed };
  for (const name of required) {
    if (!Object.hasOwn(tags, name)) throw refuse(`This key requires the tag "${name}".`);
  }
  return tags;
}

function parseTags(header: string): Record<string, string> {
  const entries = header.split(',').map((text) => text.trim());
  if (entries.length > MAX_TAGS) throw refuse(`At most ${MAX_TAGS} tags are accepted.`);
  return Object.fromEntries(
    entries.map((text) => {
      const match = TAG_PATTERN.exec(text);
      if (!match) throw refuse('Tags are written name=value, separated by commas.');
      return [match[1] as string, match[2] as string];
    }),
  );
}

function isEmpty(record: Record<string, string>): boolean {
  for (const _ in record) return false;
  return true;
}

function refuse(publicMessage: string): GatewayError {
  return new GatewayError('invalid_request', { param: 'x-tokenpak-tags', publicMessage });
}
