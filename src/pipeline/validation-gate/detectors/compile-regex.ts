import { RE2JS } from 're2js';

/** Instructions of the compiled program. The engine's time per character grows with them. */
const MAX_PROGRAM_SIZE = 1_000;
const MAX_PATTERN_LENGTH = 1_000;

export interface RegexSource {
  pattern: string;
  isCaseInsensitive: boolean;
}

export type CompiledRegex = { regex: RE2JS; problem: null } | { regex: null; problem: string };

/** RE2 syntax: no look-around, no back-references. `problem` says, for the author of the pattern, why it is refused. */
export function compileRegex({ pattern, isCaseInsensitive }: RegexSource): CompiledRegex {
  if (pattern.length > MAX_PATTERN_LENGTH) return refuse(`is longer than ${MAX_PATTERN_LENGTH} characters`);
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(pattern, isCaseInsensitive ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'is not a regular expression');
  }
  const size = regex.programSize();
  if (size > MAX_PROGRAM_SIZE)
    return refuse(`compiles to ${size} instructions, more than ${MAX_PROGRAM_SIZE}`);
  if (regex.test('')) return refuse('matches the empty text, and so everywhere');
  return { regex, problem: null };
}

function refuse(problem: string): CompiledRegex {
  return { regex: null, problem };
}
