const CONTROL = /[\u0000-\u001f\u007f]/;

/** Names stand in logs, headers and CSV; a control character there is an attack or an accident. */
export function hasNoControlCharacters(text: string): boolean {
  return !CONTROL.test(text) && text.isWellFormed();
}
