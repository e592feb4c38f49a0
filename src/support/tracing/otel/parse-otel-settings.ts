import { parseKeyValueList } from './parse-key-value-list.js';

/** OTEL_* variables as they were set; none of them is empty. */
export type OtelVariables = Readonly<Record<string, string>>;

export type RootSampler = 'always_on' | 'always_off' | 'traceidratio';

export interface OtelSettings {
  /** Where spans are posted to. */
  url: string;
  /** May hold credentials. */
  headers: Record<string, string>;
  /** Bound on one export with its retries. */
  timeoutMs: number;
  /** Longest time a finished trace waits for its batch. */
  delayMs: number;
  rootSampler: RootSampler;
  /** 0 to 1, for `traceidratio`. */
  ratio: number;
  /** A client's own decision, sent in its traceparent, comes before the sampler's. */
  followsParent: boolean;
  /** Attributes of the resource, `service.name` among them. */
  resource: Record<string, string>;
}

/** Told of each variable that is not understood and what happens instead. Never holds a value that may be secret. */
export type ReportFault = (fault: string) => void;

const DEFAULT_SERVICE_NAME = 'tokenpak-gateway';
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_DELAY_MS = 1_000;
const TRACES_PATH = 'v1/traces';
const SAMPLER_PATTERN = /^(parentbased_)?(always_on|always_off|traceidratio)$/;

/** Null unless traces are to be exported. Certificates and compression are read by the exporter itself. */
export function parseOtelSettings(variables: OtelVariables, report: ReportFault): OtelSettings | null {
  if (variables.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || variables.OTEL_TRACES_EXPORTER === 'none')
    return null;
  const url = findUrl(variables, report);
  if (url === null) return null;
  reportProtocol(variables, report);
  return {
    url,
    headers: parseKeyValueList(
      variables.OTEL_EXPORTER_OTLP_HEADERS,
      variables.OTEL_EXPORTER_OTLP_TRACES_HEADERS,
    ),
    timeoutMs: parsePositive(
      variables,
      ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', 'OTEL_EXPORTER_OTLP_TIMEOUT'],
      DEFAULT_TIMEOUT_MS,
      report,
    ),
    delayMs: parsePositive(variables, ['OTEL_BSP_SCHEDULE_DELAY'], DEFAULT_DELAY_MS, report),
    ...parseSampler(variables, report),
    resource: buildResource(variables),
  };
}

function findUrl(variables: OtelVariables, report: ReportFault): string | null {
  const own = variables.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const shared = variables.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (own === undefined && shared === undefined) return null;
  const text = own ?? `${(shared ?? '').replace(/\/+$/, '')}/${TRACES_PATH}`;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  report(`${name} is no http or https URL: no traces are exported`);
  return null;
}

function reportProtocol(variables: OtelVariables, report: ReportFault): void {
  const protocol =
    variables.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? variables.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/json';
  if (protocol.startsWith('http/')) return;
  report(`OTLP over ${protocol} is not supported: traces are sent as JSON over HTTP`);
}

function parsePositive(
  variables: OtelVariables,
  names: readonly string[],
  fallback: number,
  report: ReportFault,
): number {
  const name = names.find((candidate) => variables[candidate] !== undefined);
  if (name === undefined) return fallback;
  const value = Number(variables[name]);
  if (Number.isFinite(value) && value > 0) return value;
  report(`${name} is no positive number: ${fallback} is used`);
  return fallback;
}

type SamplerSettings = Pick<OtelSettings, 'rootSampler' | 'ratio' | 'followsParent'>;

function parseSampler(variables: OtelVariables, report: ReportFault): SamplerSettings {
  const match = SAMPLER_PATTERN.exec(variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on');
  if (match === null) {
    report('OTEL_TRACES_SAMPLER is not a supported sampler: parentbased_always_on is used');
    return { rootSampler: 'always_on', ratio: 1, followsParent: true };
  }
  const rootSampler = match[2] as RootSampler;
  const ratio = rootSampler === 'traceidratio' ? parseRatio(variables, report) : 1;
  return { rootSampler, ratio, followsParent: match[1] !== undefined };
}

function parseRatio({ OTEL_TRACES_SAMPLER_ARG: text }: OtelVariables, report: ReportFault): number {
  const ratio = Number(text ?? 1);
  if (ratio >= 0 && ratio <= 1) return ratio;
  report('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: 1 is used');
  return 1;
}

function buildResource(variables: OtelVariables): Record<string, string> {
  const attributes = parseKeyValueList(variables.OTEL_RESOURCE_ATTRIBUTES);
  const serviceName = variables.OTEL_SERVICE_NAME ?? attributes['service.name'] ?? DEFAULT_SERVICE_NAME;
  return { ...attributes, 'service.name': serviceName };
}
