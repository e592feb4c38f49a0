import type { NativeChatRequest, NativeMessage } from '../../chat/native-request.js';
import { extractIntent } from './extract-intent.js';
import type { TaskClass } from './intent.js';
import { classifySize } from './size-class.js';

const message = (role: NativeMessage['role'], text: string): NativeMessage => ({
  role,
  name: null,
  parts: [{ type: 'text', text, cacheMark: null }],
});

function request(text: string, changes: Partial<NativeChatRequest> = {}): NativeChatRequest {
  return {
    dialect: 'openai-chat',
    model: 'm',
    messages: [message('user', text)],
    tools: [],
    toolChoice: null,
    parallelToolCalls: null,
    responseFormat: null,
    maxOutputTokens: null,
    temperature: null,
    topP: null,
    topK: null,
    stopSequences: [],
    reasoning: null,
    stream: false,
    streamIncludesUsage: false,
    user: null,
    metadata: null,
    choices: 1,
    extras: {},
    raw: {},
    ...changes,
  };
}

const tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: {},
  strict: null,
  cacheMark: null,
};

const LABELLED: [TaskClass, string][] = [
  ['chat', 'Hello there'],
  ['chat', 'hi, how are you today?'],
  ['chat', 'Tell me a joke about cats'],
  ['chat', 'What is the capital of France?'],
  ['chat', 'I feel a bit lonely lately and do not know what to do'],
  ['chat', 'Recommend three restaurants in Lisbon'],
  ['chat', 'Write a birthday poem for my grandmother'],
  ['chat', 'Wie geht es dir?'],
  ['code', 'Write a Python function that reverses a linked list'],
  ['code', 'Refactor this:\n```ts\nconst a = 1;\n```'],
  ['code', 'Why does this throw?\nTypeError: x is undefined\n    at run (app.js:12:4)'],
  ['code', 'Fix the bug in the following code: for (let i = 0; i <= n; i++) { sum += a[i]; }'],
  ['code', 'Write unit tests for the payment service'],
  ['code', 'Give me a SQL query that joins orders and customers'],
  ['code', 'How do I center a div with CSS?'],
  ['code', 'Explain what this regex does: ^\\d+$'],
  ['code', 'def add(a, b):\n    return a + b\n\nadd type hints'],
  ['reason', 'Prove that the square root of 2 is irrational'],
  ['reason', 'A train leaves at 3 pm at a speed of 80 km/h. How many hours until it has gone 200 km?'],
  ['reason', 'Solve the equation 3x + 5 = 20'],
  ['reason', 'Let us think step by step: what is the probability of two sixes?'],
  ['reason', 'Calculate the compound interest on 1000 dollars over 5 years'],
  ['reason', 'Here is a logic puzzle: three people wear hats. Deduce the colour of each.'],
  ['reason', 'How many marbles are left if I give away a third of 90?'],
  ['summarize', 'Summarize the following article: The economy grew by 2 percent last year.'],
  ['summarize', 'Give me a short summary of this meeting transcript'],
  ['summarize', 'TL;DR please: a long text follows here about many things'],
  ['summarize', 'What are the key points of this report?'],
  ['summarize', 'Fasse den folgenden Text in drei Sätzen zusammen'],
  ['summarize', '请总结这篇文章'],
  ['summarize', 'Condense this email into one sentence and keep the gist'],
  ['extract', 'Extract all names and dates from this letter'],
  ['extract', 'Pull out the invoice number and the total amount'],
  ['extract', 'List all email addresses mentioned in the text below'],
  ['extract', 'Find all entities in this paragraph: Anna works for Acme in Paris.'],
  ['extract', 'Extract the fields vendor, amount and due date as JSON'],
  ['classify', 'Classify this review as positive or negative: I loved it'],
  ['classify', 'Is this message spam? "You won a prize"'],
  ['classify', 'What is the sentiment of: the food was cold'],
  ['classify', 'Categorize the ticket into one of: billing, technical, other'],
  ['classify', 'Assign one of the labels urgent, normal, low to this ticket by urgency'],
  ['translate', 'Translate to French: good morning'],
  ['translate', 'Translate the following text into German. The cat sleeps.'],
  ['translate', 'Übersetze ins Englische: Guten Tag'],
  ['translate', 'Traduce al inglés: buenos días'],
  ['translate', '把这句话翻译成英文：你好'],
  ['translate', 'How do you say "thank you very much" in Spanish? Give me the translation.'],
  ['translate', 'この文を英語に翻訳してください'],
];

describe('extractIntent', () => {
  it('classifies at least 95 % of the labelled examples as a person does', () => {
    const wrong = LABELLED.filter(
      ([taskClass, text]) => extractIntent(request(text)).taskClass !== taskClass,
    );
    expect(wrong.length / LABELLED.length).toBeLessThanOrEqual(0.05);
  });

  it('is right for at least 95 % of what it is at least 80 % sure of', () => {
    const sure = LABELLED.map(([taskClass, text]) => ({
      taskClass,
      intent: extractIntent(request(text)),
    })).filter(({ intent }) => intent.confidence >= 0.8);
    const right = sure.filter(({ taskClass, intent }) => intent.taskClass === taskClass);
    expect(sure.length).toBeGreaterThan(10);
    expect(right.length / sure.length).toBeGreaterThanOrEqual(0.95);
  });

  it('admits that it guesses where nothing speaks for any class', () => {
    expect(extractIntent(request('Hello there'))).toEqual({
      taskClass: 'chat',
      sizeClass: 'tiny',
      modalities: ['text'],
      confidence: 0.6,
    });
  });

  it('is sure of tool use when a tool is forced or a result came back, less so when tools are only offered', () => {
    const offered = extractIntent(request('What is the weather?', { tools: [tool] }));
    const forced = extractIntent(request('Weather?', { tools: [tool], toolChoice: { type: 'required' } }));
    const result: NativeMessage = {
      role: 'tool',
      name: null,
      parts: [{ type: 'tool-result', toolCallId: 'c', content: [], isError: false, cacheMark: null }],
    };
    const returned = extractIntent(
      request('', { tools: [tool], messages: [message('user', 'Weather?'), result] }),
    );
    for (const intent of [offered, forced, returned]) expect(intent.taskClass).toBe('tool-use');
    expect(forced.confidence).toBeGreaterThan(offered.confidence);
    expect(returned.confidence).toBeGreaterThanOrEqual(0.8);
  });

  it('reads a label from a schema with one enumeration and an extraction from a wider one', () => {
    const format = (properties: Record<string, object>): Partial<NativeChatRequest> => ({
      responseFormat: {
        type: 'json-schema',
        name: 's',
        description: null,
        strict: null,
        schema: { type: 'object', properties: properties as never },
      },
    });
    expect(
      extractIntent(request('The food was cold', format({ label: { enum: ['a', 'b'] } }))).taskClass,
    ).toBe('classify');
    expect(extractIntent(request('Acme, 12 May', format({ a: {}, b: {}, c: {}, d: {} }))).taskClass).toBe(
      'extract',
    );
  });

  it('lets the system prompt decide where the user turn says nothing', () => {
    const messages = [
      message('system', 'You translate everything into French.'),
      message('user', 'Good morning'),
    ];
    expect(extractIntent(request('', { messages })).taskClass).toBe('translate');
  });

  it('lists modalities in a fixed order, also those inside tool results', () => {
    const source = { kind: 'base64' as const, mediaType: 'image/png', data: 'AAAA' };
    const image = { type: 'image' as const, source, detail: null, cacheMark: null };
    const messages: NativeMessage[] = [
      {
        role: 'user',
        name: null,
        parts: [
          { type: 'audio', data: 'AAAA', format: 'wav' },
          { type: 'text', text: 'x', cacheMark: null },
        ],
      },
      {
        role: 'tool',
        name: null,
        parts: [{ type: 'tool-result', toolCallId: 'c', content: [image], isError: false, cacheMark: null }],
      },
    ];
    expect(extractIntent(request('', { messages })).modalities).toEqual(['text', 'image', 'audio']);
  });

  it('gives the same answer for the same request', () => {
    for (const [, text] of LABELLED)
      expect(extractIntent(request(text))).toEqual(extractIntent(request(text)));
  });

  it('reads a bounded part: 5 MB of text take less than a millisecond at the median', () => {
    const huge = request(`Summarize this: ${'word and more '.repeat(400_000)}`);
    expect(extractIntent(huge)).toMatchObject({ taskClass: 'summarize', sizeClass: 'huge' });
    const times = Array.from({ length: 101 }, () => {
      const start = performance.now();
      extractIntent(huge);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    expect(times[50]).toBeLessThan(1);
  });

  it('survives a request without messages', () => {
    expect(extractIntent(request('', { messages: [] }))).toMatchObject({ taskClass: 'chat', modalities: [] });
  });
});

describe('classifySize', () => {
  it('grows with the text', () => {
    expect([0, 999, 1_000, 8_000, 64_000, 400_000].map(classifySize)).toEqual([
      'tiny',
      'tiny',
      'small',
      'medium',
      'large',
      'huge',
    ]);
  });
});
