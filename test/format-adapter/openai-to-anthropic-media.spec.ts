import type { JsonObject } from '../../src/common/json.ts';
import { catchGatewayError, toAnthropic } from '../support/fixtures/translate-request.ts';

const translate = (messages: JsonObject[]): JsonObject => toAnthropic({ messages }).body;

describe('media of an OpenAI request to Anthropic', () => {
  const ofUser = (part: JsonObject): JsonObject[] => [
    { role: 'user', content: [{ type: 'text', text: 'Look:' }, part] },
  ];
  const block = (part: JsonObject): unknown =>
    ((translate(ofUser(part)).messages as JsonObject[])[0]?.content as JsonObject[])[1];

  it('passes an image by its URL, never fetched', () => {
    expect(block({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })).toEqual({
      type: 'image',
      source: { type: 'url', url: 'https://example.com/a.png' },
    });
  });

  it.each([
    ['image/png', 'image/png'],
    ['IMAGE/JPG', 'image/jpeg'],
    ['image/webp;charset=utf-8', 'image/webp'],
  ])('passes an image in a data URL of type %s as base64', (written, mediaType) => {
    expect(block({ type: 'image_url', image_url: { url: `data:${written};base64,iVBORw0KGgo=` } })).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: mediaType, data: 'iVBORw0KGgo=' },
    });
  });

  it('names the detail of an image, which the target has no word for', () => {
    const image = (detail: string): JsonObject => ({
      type: 'image_url',
      image_url: { url: 'https://example.com/a.png', detail },
    });
    expect(toAnthropic({ messages: ofUser(image('low')) }).droppedParams).toEqual(['detail']);
    expect(toAnthropic({ messages: ofUser(image('auto')) }).droppedParams).toEqual([]);
  });

  it('passes a PDF, with its name and its cache mark', () => {
    const file = { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' };
    expect(block({ type: 'file', file, cache_control: { type: 'ephemeral' } })).toEqual({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
      title: 'a.pdf',
      cache_control: { type: 'ephemeral' },
    });
  });

  it('takes bare base64 as a PDF, a URL as a URL, and text as text', () => {
    expect(block({ type: 'file', file: { file_data: 'JVBERi0=' } })).toMatchObject({
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    });
    expect(block({ type: 'file', file: { file_data: 'https://example.com/a.pdf' } })).toMatchObject({
      source: { type: 'url', url: 'https://example.com/a.pdf' },
    });
    const csv = Buffer.from('a,b\nä,2').toString('base64');
    expect(
      block({ type: 'file', file: { filename: 'a.csv', file_data: `data:text/csv;base64,${csv}` } }),
    ).toEqual({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'a,b\nä,2' },
      title: 'a.csv',
    });
  });

  it('takes a picture sent as a file for a picture', () => {
    expect(block({ type: 'file', file: { file_data: 'data:image/png;base64,iVBORw0KGgo=' } })).toEqual({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
    });
  });

  it.each([
    [
      'an uploaded file',
      { type: 'file', file: { file_id: 'file-1' } },
      'messages[0].content[1].file.file_id',
    ],
    [
      'a spreadsheet',
      { type: 'file', file: { file_data: 'data:application/vnd.ms-excel;base64,AAAA' } },
      'messages[0].content[1].file.file_data',
    ],
    [
      'audio',
      { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
      'messages[0].content[1].input_audio.data',
    ],
    [
      'a data URL that is not base64',
      { type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } },
      'messages[0].content[1].image_url.url',
    ],
    [
      'a part that is not known',
      { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } },
      'messages[0].content[1]',
    ],
  ])('refuses %s, naming where it stands', (_name, part, param) => {
    expect(catchGatewayError(() => translate(ofUser(part)))).toMatchObject({
      code: 'unsupported_parameter',
      param,
    });
  });
});
