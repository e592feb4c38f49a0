export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Text of a message's content, whether a string or parts. */
function readText(content: unknown): string {
  if (typeof content === 'string') return content;
  return listObjects(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

/** Text of the last message of a user that has any. */
export function findPrompt(messages: unknown): string {
  const texts = listObjects(messages)
    .filter((message) => message['role'] === 'user')
    .map((message) => readText(message['content']));
  return texts.findLast((text) => text !== '') ?? '';
}
