import type { Attributes } from '@opentelemetry/api';
import type { StageTrace } from '../pipeline-trace.js';

const MAX_TEXT_LENGTH = 256;

/** What a stage decided and by which inputs: `tokenpak.stage.<member>` where it named them. */
export function describeStage({ outcome, detail }: StageTrace): Attributes {
  const attributes: Attributes = { 'tokenpak.stage.outcome': outcome };
  if (typeof detail === 'string') attributes['tokenpak.stage.detail'] = clip(detail);
  else if (detail !== null) {
    for (const [name, value] of Object.entries(detail)) {
      const converted = convertValue(value);
      if (converted !== null) attributes[`tokenpak.stage.${name}`] = converted;
    }
  }
  return attributes;
}

/** Null for what is no value or list of texts: a span's attributes are flat. */
function convertValue(value: unknown): string | number | boolean | string[] | null {
  if (typeof value === 'string') return clip(value);
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'string').map(clip);
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function clip(text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH);
}
