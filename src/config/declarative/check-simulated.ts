import type { JsonPath, JsonValue } from '../../common/json.js';
import type { SimulatedSettings } from '../../pipeline/provider-router/providers/simulated/parse-simulated-model.js';
import { isJsonObject } from '../../common/json.js';
import { findSettingsFault, findUpstreamModelFault } from '../fields/find-simulated-fault.js';
import type { DeclarativeFault } from './declarative-fault.js';
import type { OutlinedItem } from './outline-document.js';

export function checkSimulatedSettings({ fields, path }: OutlinedItem): DeclarativeFault[] {
  const settings = findSettings(fields.settings);
  if (settings === null || typeof fields.kind !== 'string') return [];
  return toFaults(findSettingsFault(fields.kind, settings), [...path, 'settings']);
}

export function checkSimulatedModel(
  provider: OutlinedItem,
  upstreamModel: JsonValue | undefined,
  path: JsonPath,
): DeclarativeFault[] {
  const { kind } = provider.fields;
  if (typeof kind !== 'string' || typeof upstreamModel !== 'string') return [];
  return toFaults(findUpstreamModelFault(kind, upstreamModel), path);
}

function toFaults(message: string | null, path: JsonPath): DeclarativeFault[] {
  return message === null ? [] : [{ path, message }];
}

/** Null where they are missing or malformed, of which the schema tells. */
function findSettings(value: JsonValue | undefined): SimulatedSettings | null {
  if (!isJsonObject(value)) return null;
  const isSimple = Object.values(value).every((member) =>
    ['string', 'number', 'boolean'].includes(typeof member),
  );
  return isSimple ? (value as SimulatedSettings) : null;
}
