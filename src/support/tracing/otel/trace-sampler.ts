import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { parseTraceparent } from '../parse-traceparent.js';
import type { PipelineTrace } from '../trace-builder.js';
import type { OtelSettings } from './parse-otel-settings.js';

type SamplerSettings = Pick<OtelSettings, 'rootSampler' | 'ratio' | 'followsParent'>;

/** Decides by the trace's id, so that every service with the same share keeps the same traces. */
export class TraceSampler {
  private readonly root: Sampler;
  private readonly followsParent: boolean;

  constructor(settings: SamplerSettings) {
    this.root = createRootSampler(settings);
    this.followsParent = settings.followsParent;
  }

  isSampled({ traceparent, traceId }: PipelineTrace): boolean {
    const parent = this.followsParent && traceparent !== null ? parseTraceparent(traceparent) : null;
    if (parent !== null) return parent.isSampled;
    const { decision } = this.root.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.SERVER, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }
}

function createRootSampler({ rootSampler, ratio }: SamplerSettings): Sampler {
  switch (rootSampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
  }
}
