import type { TaskClass } from './intent.js';

/** What a word says about the task. Weights were set against the labelled examples in the specification. */
export interface Signal {
  taskClass: TaskClass;
  weight: number;
}

const WORDS: Record<Exclude<TaskClass, 'chat' | 'tool-use' | 'embed'>, Record<number, string>> = {
  translate: {
    4: 'translate translation übersetze übersetzen übersetzung traduis traduire traduction traduce traducir traducción traduci traduzir traduza переведи перевод',
  },
  summarize: {
    4: 'summarize summarise summary tldr tl;dr zusammenfassen zusammenfassung fasse résume résumer resume resumen resumir riassumi abstract',
    2: 'condense shorten recap digest takeaways highlights bullet gist briefly',
  },
  classify: {
    4: 'classify categorize categorise classification klassifiziere kategorisiere clasifica triage',
    3: 'sentiment spam category categories',
    2: 'label labels intent positive negative neutral toxic urgency priority',
  },
  extract: {
    4: 'extract extraction extrahiere extrae extraire estrai',
    2: 'entities fields invoice parse identify',
    1: 'names dates emails addresses amounts json mentioned following',
  },
  code: {
    4: 'refactor debug typescript javascript python golang rust kotlin sql regex dockerfile kubectl stacktrace traceback async nullpointerexception unittest',
    3: 'function code codebase compile compiler bug script program class method unit-test implement repository bash css html react api query algorithm snippet java code:',
    2: 'programming software endpoint variable array loop exception stack commit deploy developer engineer tests component git',
  },
  reason: {
    4: 'prove proof derive theorem integral equation probability calculate solve puzzle riddle',
    3: 'deduce logic logically optimal compute analyze step-by-step reasoning tradeoffs trade-offs hypothesis evaluate',
    2: 'reason compare why explain steps maximum minimum percent percentage sum average speed',
  },
};

/** Two words that mean more together than alone. */
const PAIRS: Record<string, Signal> = {
  'step by': { taskClass: 'reason', weight: 3 },
  'how many': { taskClass: 'reason', weight: 3 },
  'how much': { taskClass: 'reason', weight: 2 },
  'key points': { taskClass: 'summarize', weight: 4 },
  'main points': { taskClass: 'summarize', weight: 4 },
  'key takeaways': { taskClass: 'summarize', weight: 2 },
  'in short': { taskClass: 'summarize', weight: 1 },
  'pull out': { taskClass: 'extract', weight: 4 },
  'list all': { taskClass: 'extract', weight: 3 },
  'find all': { taskClass: 'extract', weight: 3 },
  'which category': { taskClass: 'classify', weight: 3 },
  'is this': { taskClass: 'classify', weight: 1 },
  'into french': { taskClass: 'translate', weight: 4 },
  'into english': { taskClass: 'translate', weight: 4 },
  'into german': { taskClass: 'translate', weight: 4 },
  'into spanish': { taskClass: 'translate', weight: 4 },
  'to french': { taskClass: 'translate', weight: 3 },
  'to english': { taskClass: 'translate', weight: 3 },
  'to german': { taskClass: 'translate', weight: 3 },
  'to spanish': { taskClass: 'translate', weight: 3 },
  'to japanese': { taskClass: 'translate', weight: 3 },
  'in french': { taskClass: 'translate', weight: 2 },
  'in german': { taskClass: 'translate', weight: 2 },
  'in spanish': { taskClass: 'translate', weight: 2 },
  'unit test': { taskClass: 'code', weight: 4 },
  'unit tests': { taskClass: 'code', weight: 4 },
  'pull request': { taskClass: 'code', weight: 3 },
  'stack trace': { taskClass: 'code', weight: 4 },
};

/** For scripts that put no spaces between words, looked up as they stand. */
export const PHRASES: readonly (readonly [string, Signal])[] = [
  ['翻译', { taskClass: 'translate', weight: 5 }],
  ['翻訳', { taskClass: 'translate', weight: 5 }],
  ['번역', { taskClass: 'translate', weight: 5 }],
  ['总结', { taskClass: 'summarize', weight: 5 }],
  ['摘要', { taskClass: 'summarize', weight: 5 }],
  ['要約', { taskClass: 'summarize', weight: 5 }],
  ['요약', { taskClass: 'summarize', weight: 5 }],
  ['分类', { taskClass: 'classify', weight: 5 }],
  ['提取', { taskClass: 'extract', weight: 5 }],
  ['抽出', { taskClass: 'extract', weight: 5 }],
  ['代码', { taskClass: 'code', weight: 5 }],
  ['コード', { taskClass: 'code', weight: 5 }],
  ['证明', { taskClass: 'reason', weight: 5 }],
  ['証明', { taskClass: 'reason', weight: 5 }],
];

export const PAIR_SIGNALS: ReadonlyMap<string, Signal> = new Map(Object.entries(PAIRS));
/** First words of the pairs: only after one of these is a pair looked up. */
export const PAIR_STARTS: ReadonlySet<string> = new Set(
  Object.keys(PAIRS).map((pair) => pair.slice(0, pair.indexOf(' '))),
);
export const WORD_SIGNALS: ReadonlyMap<string, Signal> = buildWordSignals();

function buildWordSignals(): Map<string, Signal> {
  const signals = new Map<string, Signal>();
  for (const [taskClass, byWeight] of Object.entries(WORDS)) {
    for (const [weight, words] of Object.entries(byWeight)) {
      for (const word of words.split(' ')) {
        signals.set(word, { taskClass: taskClass as TaskClass, weight: Number(weight) });
      }
    }
  }
  return signals;
}
