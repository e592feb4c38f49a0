/**
 * How the simulated provider answers. Every member has a spelling in a model name and in the provider's settings:
 *
 *     model   = "sim" { ":" option } | any other name     (any other name: only the provider's settings count)
 *     option  = name "=" value | name                     (a bare name switches it on)
 *
 *     latency=MS      wait before the answer begins                                  0..600000, default 0
 *     jitter=MS       up to so much more, chosen by the request                      0..600000, default 0
 *     tps=N           tokens per second; 0 is as fast as the reader takes them       0..1000000, default 0
 *     tokens=N        length of the text; without it 24 to 47, chosen by the request 1..131072
 *     reasoning=N     tokens of reasoning before the text                            0..131072, default 0
 *     tools[=N]       call N of the tools that the request offers, though not asked  0..32, default 0
 *     cached=N        prompt tokens reported as read from the provider's cache       0..10000000, default 0
 *     usage=off       report no usage
 *     refusal         refuse instead of answering
 *     status=N        answer with an error status                                    400..599
 *     retry-after=S   seconds in the header of that error                            0..86400
 *     cut[=N]         break the connection after N chunks (a whole body: in its middle)
 *     stall[=N]       fall silent after N chunks; without N nothing is ever sent
 *     malformed[=N]   send something that is no JSON after N chunks, then end
 *     share=R         let the faults (status, cut, stall, malformed) hit only this share of requests, 0..1, default 1
 *
 * `sim:latency=200:tps=50:tokens=300` answers after 200 ms with 300 tokens at 50 a second. A model's option wins over the
 * provider's setting of the same name. Which request a share hits depends on the request alone, so tests can repeat it.
 */
export interface SimulatedBehaviour {
  latencyMs: number;
  jitterMs: number;
  /** 0: without pauses. */
  tokensPerSecond: number;
  /** Null: chosen by the request. */
  outputTokens: number | null;
  reasoningTokens: number;
  toolCalls: number;
  cachedTokens: number;
  reportsUsage: boolean;
  refuses: boolean;
  fault: SimulatedFault | null;
  /** Share of the requests that the fault hits, 0..1. */
  faultShare: number;
}

export type SimulatedFault =
  | { type: 'status'; status: number; retryAfterSeconds: number | null }
  | { type: 'cut'; afterChunks: number }
  /** Null: silent from the start, not even a status line. */
  | { type: 'stall'; afterChunks: number | null }
  | { type: 'malformed'; afterChunks: number };

export type SimulatedModel = { ok: true; behaviour: SimulatedBehaviour } | { ok: false; message: string };

export type SimulatedSettings = Record<string, string | number | boolean>;

interface OptionRule {
  min: number;
  max: number;
  /** Value of the bare name; null where a number must follow. */
  bare: number | null;
  integer: boolean;
}

const COUNT = { min: 0, max: 1_000_000, integer: true };

const NUMBER_OPTIONS: Record<string, OptionRule> = {
  latency: { min: 0, max: 600_000, bare: null, integer: false },
  jitter: { min: 0, max: 600_000, bare: null, integer: false },
  tps: { min: 0, max: 1_000_000, bare: null, integer: false },
  tokens: { min: 1, max: 131_072, bare: null, integer: true },
  reasoning: { min: 0, max: 131_072, bare: 32, integer: true },
  tools: { min: 0, max: 32, bare: 1, integer: true },
  cached: { min: 0, max: 10_000_000, bare: null, integer: true },
  status: { min: 400, max: 599, bare: null, integer: true },
  'retry-after': { min: 0, max: 86_400, bare: null, integer: true },
  cut: { ...COUNT, bare: 3 },
  stall: { ...COUNT, bare: -1 },
  malformed: { ...COUNT, bare: 0 },
  share: { min: 0, max: 1, bare: null, integer: false },
};

const SWITCH_OPTIONS = new Set(['usage', 'refusal']);

/** Reads model name and settings; a name that starts with `sim:` and does not follow the grammar is no model. */
export function parseSimulatedModel(upstreamModel: string, settings: SimulatedSettings): SimulatedModel {
  const values = new Map<string, number>();
  for (const [name, value] of Object.entries(settings)) {
    const fault = readOption(values, name, value === true ? null : String(value));
    if (fault !== null) return { ok: false, message: `provider setting: ${fault}` };
  }
  if (upstreamModel.startsWith('sim:')) {
    for (const option of upstreamModel.slice('sim:'.length).split(':')) {
      const equals = option.indexOf('=');
      const name = equals === -1 ? option : option.slice(0, equals);
      const fault = readOption(values, name, equals === -1 ? null : option.slice(equals + 1));
      if (fault !== null) return { ok: false, message: `model '${upstreamModel}': ${fault}` };
    }
  }
  return { ok: true, behaviour: buildBehaviour(values) };
}

/** Puts one option into `values`; returns what is wrong with it, or null. */
function readOption(values: Map<string, number>, name: string, text: string | null): string | null {
  if (SWITCH_OPTIONS.has(name)) return readSwitch(values, name, text);
  const rule = Object.hasOwn(NUMBER_OPTIONS, name) ? NUMBER_OPTIONS[name] : undefined;
  if (rule === undefined) return `unknown option '${name}'`;
  if (text === null) {
    if (rule.bare === null) return `option '${name}' needs a value`;
    values.set(name, rule.bare);
    return null;
  }
  if (text === 'false') {
    values.delete(name);
    return null;
  }
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (
    !Number.isFinite(value) ||
    value < rule.min ||
    value > rule.max ||
    (rule.integer && !Number.isInteger(value))
  ) {
    return `option '${name}' must be ${rule.integer ? 'an integer' : 'a number'} from ${rule.min} to ${rule.max}`;
  }
  values.set(name, value);
  return null;
}

function readSwitch(values: Map<string, number>, name: string, text: string | null): string | null {
  if (text === null || text === 'on' || text === 'true') values.set(name, 1);
  else if (text === 'off' || text === 'false') values.set(name, 0);
  else return `option '${name}' must be on or off`;
  return null;
}

function buildBehaviour(values: ReadonlyMap<string, number>): SimulatedBehaviour {
  return {
    latencyMs: values.get('latency') ?? 0,
    jitterMs: values.get('jitter') ?? 0,
    tokensPerSecond: values.get('tps') ?? 0,
    outputTokens: values.get('tokens') ?? null,
    reasoningTokens: values.get('reasoning') ?? 0,
    toolCalls: values.get('tools') ?? 0,
    cachedTokens: values.get('cached') ?? 0,
    reportsUsage: values.get('usage') !== 0,
    refuses: values.get('refusal') === 1,
    fault: buildFault(values),
    faultShare: values.get('share') ?? 1,
  };
}

/** One fault per model: the one that shows earliest. */
function buildFault(values: ReadonlyMap<string, number>): SimulatedFault | null {
  const status = values.get('status');
  if (status !== undefined)
    return { type: 'status', status, retryAfterSeconds: values.get('retry-after') ?? null };
  const stall = values.get('stall');
  if (stall !== undefined) return { type: 'stall', afterChunks: stall < 0 ? null : stall };
  const cut = values.get('cut');
  if (cut !== undefined) return { type: 'cut', afterChunks: cut };
  const malformed = values.get('malformed');
  return malformed === undefined ? null : { type: 'malformed', afterChunks: malformed };
}
