import type { NativeChatRequest } from '../../chat/native-request.js';
import { isJsonObject } from '../../common/json.js';
import { PAIR_SIGNALS, PAIR_STARTS, PHRASES, WORD_SIGNALS, type Signal } from './extract-intent-signals.js';
import { outlineRequest, type RequestOutline } from './extract-intent-text.js';
import type { Intent, TaskClass } from './intent.js';
import { classifySize } from './size-class.js';

type Scores = Record<TaskClass, number>;

/** Instructions mostly open a turn: the first words count double. */
const OPENING_WORDS = 8;
const OPENING_FACTOR = 2;
/** A system prompt speaks of every turn and so says less about this one. */
const SYSTEM_FACTOR = 0.5;
/** What plain conversation scores with no signal at all. */
const CHAT_BASE = 1.5;
const NO_SCORES: Readonly<Scores> = {
  chat: CHAT_BASE,
  code: 0,
  reason: 0,
  summarize: 0,
  extract: 0,
  classify: 0,
  translate: 0,
  'tool-use': 0,
  embed: 0,
};
const SCORED_CLASSES = Object.keys(NO_SCORES) as TaskClass[];
/** Signals of one class beyond this say no more; a long text is not more certain than a short one. */
const MAX_SCORE = 12;
const WORD = /[\p{L}\p{M}][\p{L}\p{M}'+#:;-]*/gu;
const CODE_SHAPES = /```|[;{][^\S\n]*$|=>|\(\)\s*[;{:]|at \S+\(\S+:\d+/m;
/** Written with the line's end before it, which is searched for at once, where `^` would be tried at each character. */
const CODE_LINE =
  /[\n\r\u2028\u2029][^\S\n\r\u2028\u2029]*(?:def|class|function|import|const|let|SELECT|#include)\s/;
const NON_SPACED_SCRIPT = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const TRAILING_PUNCTUATION = /[':;-]+$/;

/**
 * Says what a request wants, for routing rules and traces; never for admission. Deterministic, reads at most some 1,300
 * characters whatever the size of the request.
 *
 * 1. Tools, response format and reasoning settings are facts and score most. 2. Words and pairs of words of the last user
 * turn score for their class, doubled at its beginning, halved in the system prompt. 3. The highest score wins; the
 * confidence is its lead over the next.
 *
 * `embed` is never found here: it is the class of the embeddings route.
 */
export function extractIntent(request: NativeChatRequest): Intent {
  const outline = outlineRequest(request);
  const scores = { ...NO_SCORES };
  scoreSettings(request, outline, scores);
  scoreText(outline.userText, 1, scores);
  if (outline.systemText !== '') scoreText(outline.systemText, SYSTEM_FACTOR, scores);
  return {
    ...chooseClass(scores),
    sizeClass: classifySize(outline.characters),
    modalities: outline.modalities,
  };
}

function scoreSettings(request: NativeChatRequest, outline: RequestOutline, scores: Scores): void {
  if (request.tools.length > 0 && request.toolChoice?.type !== 'none') {
    const isCertain = outline.endsWithToolResult || isForced(request);
    scores['tool-use'] += isCertain ? MAX_SCORE : 5;
  }
  scoreResponseFormat(request.responseFormat, scores);
  const effort = request.reasoning?.effort;
  if (effort === 'high' || effort === 'medium' || (request.reasoning?.budgetTokens ?? 0) > 0)
    scores.reason += 2;
}

function scoreResponseFormat(format: NativeChatRequest['responseFormat'], scores: Scores): void {
  if (format?.type === 'json') scores.extract += 1;
  if (format?.type !== 'json-schema') return;
  const isChoice = isSingleChoice(format.schema);
  scores[isChoice ? 'classify' : 'extract'] += isChoice ? 5 : 3;
}

function isForced(request: NativeChatRequest): boolean {
  return request.toolChoice?.type === 'required' || request.toolChoice?.type === 'tool';
}

/** A schema of at most three properties, one of which is an enumeration, asks for a label. */
function isSingleChoice(schema: unknown): boolean {
  if (!isJsonObject(schema) || !isJsonObject(schema.properties)) return false;
  const properties = Object.values(schema.properties);
  return (
    properties.length <= 3 &&
    properties.some((property) => isJsonObject(property) && Array.isArray(property.enum))
  );
}

function scoreText(text: string, factor: number, scores: Scores): void {
  if (CODE_SHAPES.test(text) || CODE_LINE.test(`\n${text}`)) scores.code += 4 * factor;
  if (NON_SPACED_SCRIPT.test(text)) scorePhrases(text, factor, scores);
  let previous = '';
  let index = 0;
  for (const found of text.toLowerCase().match(WORD) ?? []) {
    const word = trimWord(found);
    const weightFactor = factor * (index++ < OPENING_WORDS ? OPENING_FACTOR : 1);
    addSignal(scores, WORD_SIGNALS.get(word), weightFactor);
    if (PAIR_STARTS.has(previous)) addSignal(scores, PAIR_SIGNALS.get(`${previous} ${word}`), weightFactor);
    previous = word;
  }
}

/** `code:` and `tl;dr` keep their punctuation inside, not at the end. */
function trimWord(word: string): string {
  const last = word.charCodeAt(word.length - 1);
  return last > 0x40 ? word : word.replace(TRAILING_PUNCTUATION, '');
}

function scorePhrases(text: string, factor: number, scores: Scores): void {
  for (const [phrase, signal] of PHRASES) {
    if (text.includes(phrase)) addSignal(scores, signal, factor * OPENING_FACTOR);
  }
}

function addSignal(scores: Scores, signal: Signal | undefined, factor: number): void {
  if (signal === undefined) return;
  scores[signal.taskClass] = Math.min(MAX_SCORE, scores[signal.taskClass] + signal.weight * factor);
}

function chooseClass(scores: Scores): { taskClass: TaskClass; confidence: number } {
  let taskClass: TaskClass = 'chat';
  let second = 0;
  for (const name of SCORED_CLASSES) {
    const score = scores[name];
    if (name === taskClass) continue;
    if (score > scores[taskClass]) {
      second = scores[taskClass];
      taskClass = name;
    } else second = Math.max(second, score);
  }
  const top = scores[taskClass];
  // No word spoke for or against: conversation is the likeliest, but it is a guess.
  if (taskClass === 'chat' && second === 0) return { taskClass, confidence: 0.6 };
  const lead = (top - second) / top;
  const evidence = Math.min(1, top / 8);
  return {
    taskClass,
    confidence: Math.round(100 * Math.min(0.95, 0.4 + 0.55 * lead * evidence + 0.1 * evidence)) / 100,
  };
}
