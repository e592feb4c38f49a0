import type { NativeChatRequest } from '../../chat/native-request.js';
import type { NativeChatResponse, NativeOutputPart } from '../../chat/native-response.js';
import { listStreamEvents } from '../../chat/list-stream-events.js';
import { ANSWER_TOOL, AnswerToolParser, mayUseAnswerTool, unwrapAnswerTool } from './answer-tool.js';
import type { StreamParser } from './dialect-adapter.port.js';
import { accumulate, openAi } from './testing/stream-tools.js';

const ANSWER: NativeOutputPart = {
  type: 'tool-call',
  id: 'a',
  name: ANSWER_TOOL,
  argumentsJson: '{"city":"Bern"}',
};
const CALL: NativeOutputPart = { type: 'tool-call', id: 'b', name: 'weather', argumentsJson: '{}' };
const TEXT: NativeOutputPart = { type: 'text', text: '{"city":"Bern"}' };

const respond = (
  parts: NativeOutputPart[],
  finishReason: NativeChatResponse['finishReason'],
): NativeChatResponse => ({
  id: 'r',
  model: 'm',
  createdAtSeconds: 1,
  parts,
  finishReason,
  stopSequence: null,
  usage: null,
});

const CASES: [string, NativeChatResponse, NativeChatResponse][] = [
  ['becomes text', respond([ANSWER], 'tool-calls'), respond([TEXT], 'stop')],
  ['stays cut when it was cut', respond([ANSWER], 'length'), respond([TEXT], 'length')],
  ['stands beside a call', respond([ANSWER, CALL], 'tool-calls'), respond([TEXT, CALL], 'tool-calls')],
  ['is not there', respond([CALL], 'tool-calls'), respond([CALL], 'tool-calls')],
  ['was not needed', respond([TEXT], 'stop'), respond([TEXT], 'stop')],
];

/** Plays one answer as a stream of an upstream. */
function play(response: NativeChatResponse): StreamParser {
  return { isOver: false, push: () => listStreamEvents(response), finish: () => [] };
}

describe('an answer through the answer tool', () => {
  it.each(CASES)('%s', (_name, response, expected) => {
    expect(unwrapAnswerTool(response)).toEqual(expected);
  });

  it.each(CASES)('%s, in a stream', (_name, response, expected) => {
    const parser = new AnswerToolParser(play(response));
    const events = [...parser.push(Buffer.alloc(0)), ...parser.finish()];
    expect(accumulate(events)).toEqual(expected);
  });

  it('is expected only by a request for a schema whose tools leave the name alone', () => {
    const parse = (more: Record<string, unknown>): NativeChatRequest =>
      openAi.parseRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], ...more });
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema: {} } };
    const tools = [{ type: 'function', function: { name: ANSWER_TOOL } }];
    expect(mayUseAnswerTool(parse({ response_format }))).toBe(true);
    expect(mayUseAnswerTool(parse({}))).toBe(false);
    expect(mayUseAnswerTool(parse({ response_format, tools }))).toBe(false);
  });
});
