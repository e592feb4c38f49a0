const MESSAGES = {
  overloaded: 'Too many texts wait to be counted',
  'timed-out': 'The texts were not counted in time',
  crashed: 'The counting thread ended before it answered',
  unavailable: 'The counting thread failed repeatedly and rests for a while',
  closed: 'The token counter is closed',
} as const;

type TextCountFailure = keyof typeof MESSAGES;

/** Why texts were not counted. Its message never holds any of them. */
export class TextCountError extends Error {
  constructor(
    readonly failure: TextCountFailure,
    cause?: unknown,
  ) {
    super(MESSAGES[failure], cause === undefined ? undefined : { cause });
    this.name = 'TextCountError';
  }
}
