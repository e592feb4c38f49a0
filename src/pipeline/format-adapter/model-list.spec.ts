import { renderAnthropicModelList, renderOpenAiModelList } from './model-list.js';

const model = { id: 'fast', createdAtMs: 1_700_000_000_500, ownedBy: 'acme' };

describe('a list of models', () => {
  it('has the shape of OpenAI, with the time in whole seconds', () => {
    expect(renderOpenAiModelList([model])).toEqual({
      object: 'list',
      data: [{ id: 'fast', object: 'model', created: 1_700_000_000, owned_by: 'acme' }],
    });
  });

  it('has the shape of Anthropic, as one page', () => {
    expect(renderAnthropicModelList([model, { ...model, id: 'slow' }])).toMatchObject({
      data: [
        { type: 'model', id: 'fast', display_name: 'fast', created_at: '2023-11-14T22:13:20.500Z' },
        { id: 'slow' },
      ],
      has_more: false,
      first_id: 'fast',
      last_id: 'slow',
    });
    expect(renderAnthropicModelList([])).toEqual({
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });
});
