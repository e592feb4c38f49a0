/** `gpt-4o-2024-08-06`, `claude-sonnet-4-5-20250929`, and Google Cloud's `claude-sonnet-4-5@20250929`. */
const DATED = /^(.+?)(?:-\d{4}-\d{2}-\d{2}|[-@]\d{8})$/;
/** Anthropic's third-generation aliases. OpenAI's `-latest` names are models of their own. */
const LATEST_CLAUDE = /^(claude-.+)-latest$/;

/** The name without the date of a snapshot, or null when it has none. Never another, shorter model. */
export function findModelFamily(model: string): string | null {
  return DATED.exec(model)?.[1] ?? LATEST_CLAUDE.exec(model)?.[1] ?? null;
}
