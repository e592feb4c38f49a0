import type { JsonPath, JsonValue } from '../../common/json.js';
import {
  parseSimulatedModel,
  type SimulatedSettings,
} from '../../pipeline/provider-router/providers/simulated/parse-simulated-model.js';
import { isJsonObject } from '../../common/json.js';
import type { DeclarativeFault } from './declarative-fault.js';
import type { OutlinedItem } from './outline-document.js';

/** Settings mean something to the simulated provider alone; elsewhere they would be stored and ignored. */
export function checkSimulatedSettings({ fields, path }: OutlinedItem): DeclarativeFault[] {
  const settings = findSettings(fields.settings);
  if (settings === null) return [];
  const place = [...path, 'settings'];
  if (fields.kind === 'simulated') return checkModel('simulated-1', settings, place);
  if (typeof fields.kind !== 'string' || Object.keys(settings).length === 0) return [];
  return [{ path: place, message: 'only providers of kind simulated have settings' }];
}

/** A model name that the simulated provider would answer with 404. */
export function checkSimulatedModel(
  provider: OutlinedItem,
  upstreamModel: JsonValue | undefined,
  path: JsonPath,
): DeclarativeFault[] {
  if (provider.fields.kind !== 'simulated' || typeof upstreamModel !== 'string') return [];
  return checkModel(upstreamModel, {}, path);
}

/** The reason itself would repeat what stands in the file. */
function checkModel(upstreamModel: string, settings: SimulatedSettings, path: JsonPath): DeclarativeFault[] {
  if (parseSimulatedModel(upstreamModel, settings).ok) return [];
  return [
    {
      path,
      message: 'is not understood by the simulated provider; see docs/configuration-file.md for its options',
    },
  ];
}

/** Null where they are missing or malformed, of which the schema tells. */
function findSettings(value: JsonValue | undefined): SimulatedSettings | null {
  if (!isJsonObject(value)) return null;
  const isSimple = Object.values(value).every((member) =>
    ['string', 'number', 'boolean'].includes(typeof member),
  );
  return isSimple ? (value as SimulatedSettings) : null;
}
