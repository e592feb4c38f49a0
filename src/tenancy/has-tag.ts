/**
 * Whether a request's tags have the one that a scope or a condition names.
 * @param tag `name=value`; one without a value matches nothing.
 */
export function hasTag(tags: Readonly<Record<string, string>>, tag: string): boolean {
  const separator = tag.indexOf('=');
  if (separator < 0) return false;
  const name = tag.slice(0, separator);
  // A name may be one that every object inherits, such as `constructor`.
  return Object.hasOwn(tags, name) && tags[name] === tag.slice(separator + 1);
}
