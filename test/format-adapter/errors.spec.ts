import { GatewayError } from '../../src/errors/gateway-error.ts';
import { renderError } from '../../src/errors/render-error.ts';
import { anthropic, openAi } from '../../src/pipeline/format-adapter/testing/stream-tools.ts';

describe('what a provider says when it refuses', () => {
  it.each([
    [
      'OpenAI',
      openAi,
      {
        error: {
          message: 'Too long.',
          type: 'invalid_request_error',
          param: 'messages',
          code: 'context_length_exceeded',
        },
      },
      { code: 'context_length_exceeded', message: 'Too long.', param: 'messages', status: 400 },
    ],
    [
      'OpenAI without a code',
      openAi,
      { error: { message: 'Slow down.', type: 'rate_limit_error', param: null, code: null } },
      { code: 'rate_limit_error', message: 'Slow down.', param: null, status: 429 },
    ],
    [
      'a server with a numeric code',
      openAi,
      { error: { message: 'Bad.', code: 400 } },
      { code: '400', message: 'Bad.', param: null, status: 400 },
    ],
    [
      'a server with an error in words',
      openAi,
      { error: 'Bad.' },
      { code: null, message: 'Bad.', param: null, status: null },
    ],
    [
      'a server without an envelope',
      openAi,
      { object: 'error', message: 'Bad.', type: 'BadRequestError', param: null, code: 400 },
      { code: '400', message: 'Bad.', param: null, status: 400 },
    ],
    [
      'a server with details',
      openAi,
      { detail: 'Not found' },
      { code: null, message: 'Not found', param: null, status: null },
    ],
    [
      'a server that answers with a list',
      openAi,
      [{ error: { message: 'Bad.', code: 'x' } }],
      { code: 'x', message: 'Bad.', param: null, status: null },
    ],
    [
      'Anthropic',
      anthropic,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'r' },
      { code: 'overloaded_error', message: 'Overloaded', param: null, status: 529 },
    ],
    [
      'another gateway',
      anthropic,
      {
        type: 'error',
        error: { type: 'invalid_request_error', message: 'Bad.', details: { error_code: 'x', param: 'y' } },
      },
      { code: 'x', message: 'Bad.', param: 'y', status: 400 },
    ],
  ])('is read from %s', (_name, adapter, body, expected) => {
    expect(adapter.parseError(body)).toEqual(expected);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an empty object', {}],
    ['an empty list', []],
    ['a page of HTML', '<html><body>Bad gateway</body></html>'],
  ])('is that no reason was given, for %s', (_name, body) => {
    for (const adapter of [openAi, anthropic]) {
      expect(adapter.parseError(body)).toEqual({
        code: null,
        message: 'The provider gave no reason.',
        param: null,
        status: null,
      });
    }
  });

  it('is clipped when it is a novel, and kept when it is plain text', () => {
    for (const adapter of [openAi, anthropic]) {
      expect(adapter.parseError('upstream connect error').message).toBe('upstream connect error');
      expect(adapter.parseError({ error: { message: 'x'.repeat(10_000) } }).message.length).toBeLessThan(
        2_100,
      );
    }
  });
});

describe('a refusal in the words of the other dialect', () => {
  it.each([400, 404, 409, 413, 422, 429, 503])('keeps status %d, code, message and field', (status) => {
    const said = openAi.parseError({
      error: { message: 'Bad.', type: 'x', param: 'messages[0]', code: 'bad_thing' },
    });
    const error = new GatewayError('upstream_rejected', {
      status,
      publicMessage: said.message,
      upstreamCode: said.code ?? '',
      param: said.param ?? '',
    });
    const told = anthropic.parseError(renderError(error, 'anthropic', 'r1').body);
    expect(error.status).toBe(status);
    expect(told).toMatchObject({ code: 'bad_thing', message: 'messages[0]: Bad.', param: 'messages[0]' });
  });

  it('keeps them from Anthropic to OpenAI', () => {
    const said = anthropic.parseError({
      type: 'error',
      error: { type: 'not_found_error', message: 'model: x' },
    });
    const error = new GatewayError('upstream_rejected', {
      status: 404,
      publicMessage: said.message,
      upstreamCode: said.code ?? '',
    });
    expect(openAi.parseError(renderError(error, 'openai', 'r1').body)).toEqual({
      code: 'not_found_error',
      message: 'model: x',
      param: null,
      status: 404,
    });
  });
});
