/**
 * Valid JSON that no serialiser writes: members in reverse order, tabs and blanks, escaped ASCII, exponents. What parses it
 * and prints it again changes its bytes; what passes it on does not.
 */
export function renderOddJson(value: unknown): string {
  if (Array.isArray(value)) return `[ ${value.map(renderOddJson).join(' ,\t')} ]`;
  if (typeof value === 'object' && value !== null) return renderObject(value);
  if (typeof value === 'string')
    return JSON.stringify(value).replace(/e/gu, '\\u0065').replace(/\//gu, '\\/');
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.0e0` : `${value}0`;
  return JSON.stringify(value ?? null);
}

function renderObject(value: object): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .reverse()
    .map(([name, member]) => `${JSON.stringify(name)} :  ${renderOddJson(member)}`);
  return `{ ${members.join(' , ')}  }`;
}
