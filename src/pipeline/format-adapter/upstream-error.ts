import type { UpstreamErrorDescription } from './dialect-adapter.port.js';

/** A provider's text is passed on to callers and logs; a page of HTML is not. */
const MAX_MESSAGE_LENGTH = 2_000;

export function clipErrorMessage(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}...`;
}

/** For an error body that is not in the provider's dialect: plain text is its own message, unless it is markup. */
export function describeUnknownError(body: unknown): UpstreamErrorDescription {
  const text = typeof body === 'string' ? body.trim() : '';
  const isMessage = text !== '' && !text.startsWith('<');
  return {
    code: null,
    message: isMessage ? clipErrorMessage(text) : 'The provider gave no reason.',
    param: null,
    status: null,
  };
}
