/** Ends a switch over a union: the compiler refuses the call while a member is unhandled. */
export function assertUnreachable(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
