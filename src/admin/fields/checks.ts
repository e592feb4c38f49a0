const CONTROL = /[\u0000-\u001f\u007f]/;

/** Names stand in logs, headers and CSV; a control character there is an attack or an accident. */
export function hasNoControlCharacters(text: string): boolean {
  return !CONTROL.test(text) && text.isWellFormed();
}

/** Credentials of a URL end up in logs and are sent by no client of ours. */
export function hasNoUserinfo(text: string): boolean {
  const url = URL.parse(text);
  return url === null || (url.username === '' && url.password === '');
}
