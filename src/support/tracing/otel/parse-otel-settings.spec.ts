import { parseKeyValueList } from './parse-key-value-list.js';
import { type OtelSettings, type OtelVariables, parseOtelSettings } from './parse-otel-settings.js';

const ENDPOINT = 'http://collector:4318';

let faults: string[];

beforeEach(() => {
  faults = [];
});

function parse(variables: OtelVariables): OtelSettings | null {
  return parseOtelSettings(variables, (fault) => faults.push(fault));
}

function parseOn(variables: OtelVariables): OtelSettings {
  const settings = parse({ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, ...variables });
  if (settings === null) throw new Error('Exporting is off');
  return settings;
}

describe('parseOtelSettings', () => {
  it.each<OtelVariables>([
    {},
    { OTEL_SERVICE_NAME: 'gateway' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' },
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
  ])('exports nothing with %j', (variables) => {
    expect(parse(variables)).toBeNull();
    expect(faults).toEqual([]);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT }, `${ENDPOINT}/v1/traces`],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/tenant/` }, `${ENDPOINT}/tenant/v1/traces`],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${ENDPOINT}/spans` }, `${ENDPOINT}/spans`],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://other', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ENDPOINT }, ENDPOINT],
  ])('sends with %j to %s', (variables: OtelVariables, url) => {
    expect(parse(variables)?.url).toBe(url);
  });

  it('exports nothing to what is no URL, and says so without repeating it', () => {
    expect(parse({ OTEL_EXPORTER_OTLP_ENDPOINT: 'user:secret@collector' })).toBeNull();
    expect(faults).toEqual(['OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL: no traces are exported']);
  });

  it.each<[OtelVariables, Partial<OtelSettings>]>([
    [{}, { rootSampler: 'always_on', ratio: 1, followsParent: true }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, { rootSampler: 'always_off', followsParent: false }],
    [
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { rootSampler: 'traceidratio', ratio: 0.25, followsParent: true },
    ],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio' },
      { rootSampler: 'traceidratio', ratio: 1, followsParent: false },
    ],
  ])('samples with %j as the specification says', (variables, sampler) => {
    expect(parseOn(variables)).toMatchObject(sampler);
    expect(faults).toEqual([]);
  });

  it('names the service by its own variable, then by the resource, then by default', () => {
    const attributes = 'service.name=from-resource,team=a%2Cb';
    expect(parseOn({}).resource).toEqual({ 'service.name': 'tokenpak-gateway' });
    expect(parseOn({ OTEL_RESOURCE_ATTRIBUTES: attributes }).resource).toEqual({
      'service.name': 'from-resource',
      team: 'a,b',
    });
    expect(
      parseOn({ OTEL_RESOURCE_ATTRIBUTES: attributes, OTEL_SERVICE_NAME: 'own' }).resource['service.name'],
    ).toBe('own');
  });

  it('takes what is said for traces before what is said for all signals', () => {
    const settings = parseOn({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20a,x-team=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Bearer%20b',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '700',
    });
    expect(settings.headers).toEqual({ authorization: 'Bearer b', 'x-team': '1' });
    expect(settings.timeoutMs).toBe(700);
  });

  it('reports what it does not understand, and goes on with the default', () => {
    const settings = parseOn({
      OTEL_TRACES_SAMPLER: 'xray',
      OTEL_EXPORTER_OTLP_TIMEOUT: 'soon',
      OTEL_BSP_SCHEDULE_DELAY: '-1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(settings).toMatchObject({ rootSampler: 'always_on', timeoutMs: 10_000, delayMs: 1_000 });
    parseOn({ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' });
    expect(faults).toEqual([
      'OTLP over grpc is not supported: traces are sent as JSON over HTTP',
      'OTEL_EXPORTER_OTLP_TIMEOUT is no positive number: 10000 is used',
      'OTEL_BSP_SCHEDULE_DELAY is no positive number: 1000 is used',
      'OTEL_TRACES_SAMPLER is not a supported sampler: parentbased_always_on is used',
      'OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: 1 is used',
    ]);
  });
});

describe('parseKeyValueList', () => {
  it('decodes members, keeps what is not encoded properly, and leaves out what has no name', () => {
    expect(parseKeyValueList(' a = 1 ,b=x=y,c=100%,=d,e', 'a=%C3%BC', undefined)).toEqual({
      a: 'ü',
      b: 'x=y',
      c: '100%',
    });
  });
});
