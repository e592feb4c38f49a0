import { type MatchKind, NO_MATCHES, type TextDetector, type TextSpan } from '../detector.port.js';
import { AhoCorasick } from './aho-corasick.js';
import { mergeSpans } from './merge-spans.js';
import { PRIVATE_KEY_ANCHOR, PrivateKeyFinder } from './private-key.js';
import { AI_RULES } from './secret-rules/ai-rules.js';
import { CLOUD_RULES } from './secret-rules/cloud-rules.js';
import { CODE_HOSTING_RULES } from './secret-rules/code-hosting-rules.js';
import { GENERIC_RULES } from './secret-rules/generic-rules.js';
import type { SecretRule } from './secret-rules/secret-rule.js';
import { SERVICE_RULES } from './secret-rules/service-rules.js';

interface CompiledRule {
  pattern: RegExp;
  leads: readonly number[];
}

/** An anchor and the rules that have it. */
interface Anchor {
  text: string;
  rules: CompiledRule[];
}

/** What an open repetition is bound to: the engine's stack grows with each one, and a text may have millions. */
const MAX_REPETITIONS = 16_384;
const OPEN_REPETITION = /\{(\d+),\}/g;

const ALL_RULES = [...AI_RULES, ...CLOUD_RULES, ...CODE_HOSTING_RULES, ...SERVICE_RULES, ...GENERIC_RULES];

const ANCHORS = compileAnchors(ALL_RULES);
const AUTOMATON = new AhoCorasick([...ANCHORS.map(({ text }) => text), PRIVATE_KEY_ANCHOR], {
  foldUnit: null,
});

/**
 * Credentials of public shapes: provider and cloud keys, tokens, private key blocks, passwords in URLs.
 *
 * One automaton finds the anchors of all rules in one pass; only where one stands is a rule's pattern tried, and only there.
 * Shapes that are nothing but random letters have no anchor and are not looked for: they would fire on every hash.
 */
export class SecretDetector implements TextDetector {
  readonly kind: MatchKind = 'secret';

  findMatches(text: string): readonly TextSpan[] {
    const search = new SecretSearch(text);
    AUTOMATON.scan(text, (word, end) => search.addAt(word, end));
    return search.finish();
  }
}

class SecretSearch {
  private readonly spans: TextSpan[] = [];
  private readonly privateKeys: PrivateKeyFinder;

  constructor(private readonly text: string) {
    this.privateKeys = new PrivateKeyFinder(text);
  }

  addAt(word: number, end: number): void {
    const anchor = ANCHORS[word];
    if (anchor === undefined) this.addKey(end - PRIVATE_KEY_ANCHOR.length);
    else for (const rule of anchor.rules) this.addRule(rule, end - anchor.text.length);
  }

  /** Anchors are found in the order of their ends, matches may begin before each other: sorted once, at the end. */
  finish(): readonly TextSpan[] {
    if (this.spans.length < 2) return this.spans.length === 0 ? NO_MATCHES : this.spans;
    return mergeSpans(this.spans);
  }

  private addRule({ pattern, leads }: CompiledRule, anchorStart: number): void {
    const last = this.spans.at(-1);
    for (const lead of leads) {
      const start = anchorStart - lead;
      // What begins inside a secret that was found is covered by it, or is not worth a second reading of its end.
      if (start < 0 || (last !== undefined && start > last.start && start < last.end)) continue;
      pattern.lastIndex = start;
      if (pattern.test(this.text)) {
        this.spans.push({ start, end: this.findEnd(start, pattern.lastIndex) });
        return;
      }
    }
  }

  /** Where a repetition was cut off, the rest of the run belongs to the match. */
  private findEnd(start: number, matched: number): number {
    let end = matched;
    if (end - start >= MAX_REPETITIONS) while (isTokenUnit(this.text.charCodeAt(end))) end++;
    return end;
  }

  private addKey(start: number): void {
    const last = this.spans.at(-1);
    if (last !== undefined && start < last.end) return;
    const span = this.privateKeys.findAt(start);
    if (span !== null) this.spans.push(span);
  }
}

/** Letters, digits and `+ - . / = _`. */
function isTokenUnit(unit: number): boolean {
  if (unit >= 0x30 && unit <= 0x39) return true;
  if ((unit >= 0x41 && unit <= 0x5a) || (unit >= 0x61 && unit <= 0x7a)) return true;
  return unit === 0x5f || unit === 0x3d || unit === 0x2b || (unit >= 0x2d && unit <= 0x2f);
}

function compileAnchors(rules: readonly SecretRule[]): Anchor[] {
  const anchors = new Map<string, Anchor>();
  for (const rule of rules) {
    const source = rule.pattern.replace(OPEN_REPETITION, `{$1,${MAX_REPETITIONS}}`);
    const compiled = { pattern: new RegExp(source, 'y'), leads: rule.leads };
    for (const text of rule.anchors) {
      const anchor = anchors.get(text) ?? { text, rules: [] };
      anchor.rules.push(compiled);
      anchors.set(text, anchor);
    }
  }
  return [...anchors.values()];
}
