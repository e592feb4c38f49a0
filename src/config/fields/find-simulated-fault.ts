import {
  parseSimulatedModel,
  type SimulatedSettings,
} from '../../pipeline/provider-router/providers/simulated/parse-simulated-model.js';

/** The reason itself would repeat what was written. */
const NOT_UNDERSTOOD =
  'is not understood by the simulated provider; see docs/configuration-file.md for its options';

/** Settings mean something to the simulated provider alone; elsewhere they would be stored and ignored. */
export function findSettingsFault(kind: string, settings: SimulatedSettings): string | null {
  if (kind === 'simulated') return parseSimulatedModel('simulated-1', settings).ok ? null : NOT_UNDERSTOOD;
  return Object.keys(settings).length === 0 ? null : 'only providers of kind simulated have settings';
}

/** A model name that the simulated provider would answer with 404. */
export function findUpstreamModelFault(kind: string, upstreamModel: string): string | null {
  return kind !== 'simulated' || parseSimulatedModel(upstreamModel, {}).ok ? null : NOT_UNDERSTOOD;
}
