/** Wire formats that clients speak. `problem` is the admin plane's RFC 9457. */
export type Dialect = 'openai-chat' | 'anthropic-messages';

/** Dialects in which an error can be rendered; chosen by path, also for routes that are not built. */
export type ErrorDialect = 'openai' | 'anthropic' | 'google' | 'problem';
