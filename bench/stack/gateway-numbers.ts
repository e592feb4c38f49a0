/**
 * What the gateway says about itself. All that the benchmark knows of the shape of `/metrics` and `/admin/v1/stats` stands
 * in this file.
 */
export interface GatewayNumbers {
  /** `tokenpak_requests_total`, all labels. */
  requests: number;
  /** Traces that ended: the count of a stage that every accepted request passes. */
  traces: number;
}

export interface StageFigures {
  stage: string;
  p50Ms: number;
  p99Ms: number;
}

const TRACED_STAGE = 'authentication';

export async function readGatewayNumbers(origin: string, adminToken: string): Promise<GatewayNumbers> {
  const text = await (await get(origin, '/metrics', adminToken)).text();
  return {
    requests: sumSamples(text, 'tokenpak_requests_total', () => true),
    traces: sumSamples(text, 'tokenpak_stage_duration_seconds_count', (labels) =>
      labels.includes(`stage="${TRACED_STAGE}"`),
    ),
  };
}

export async function readStages(origin: string, adminToken: string): Promise<StageFigures[]> {
  const stats = (await (await get(origin, '/admin/v1/stats', adminToken)).json()) as {
    stages?: { stage: string; p50Ms: number | null; p99Ms: number | null }[];
  };
  return (stats.stages ?? []).flatMap(({ stage, p50Ms, p99Ms }) =>
    p50Ms === null || p99Ms === null ? [] : [{ stage, p50Ms, p99Ms }],
  );
}

async function get(origin: string, path: string, adminToken: string): Promise<Response> {
  const response = await fetch(origin + path, { headers: { authorization: `Bearer ${adminToken}` } });
  if (!response.ok)
    throw new Error(`GET ${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`);
  return response;
}

function sumSamples(text: string, name: string, accepts: (labels: string) => boolean): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const sample = /^([a-zA-Z_:]+)(\{.*\})? (\S+)/u.exec(line);
    if (sample?.[1] === name && accepts(sample[2] ?? '')) sum += Number(sample[3]);
  }
  return sum;
}
