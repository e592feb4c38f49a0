import type { NativeChatRequest } from '../../chat/native-request.js';
import { isJsonObject } from '../../common/json.js';
import type { PlannedDeployment } from '../effective-plan/effective-plan.js';
import type { DialectAdapter } from '../format-adapter/dialect-adapter.port.js';
import type { ParsedBody } from '../request-context.js';
import type { DeploymentConfig } from '../../tenancy/config-snapshot.js';
import type { Span } from '../request-router/json-tokens.js';
import { type Edit, findValueSpans, insertMember, spliceBytes } from '../request-router/splice-json.js';

export interface PreparedBody {
  bytes: Buffer;
  droppedParams: readonly string[];
}

export interface PrepareOptions {
  /** Adapter of the provider's dialect. */
  adapter: DialectAdapter;
  /** Sent when the client set no maximum and a hard budget has to know one. */
  enforcedMaxOutputTokens: number | null;
}

const NOTHING_DROPPED: readonly string[] = [];

/**
 * The body for one deployment. In the client's own dialect it is the client's bytes with the decided edits spliced in: the
 * model's name, the request for usage in streams, an enforced maximum. In another dialect it is rendered.
 * @throws GatewayError('unsupported_parameter') for what the provider's dialect cannot express.
 */
export function prepareUpstreamBody(
  body: ParsedBody,
  planned: PlannedDeployment,
  options: PrepareOptions,
): PreparedBody {
  if (options.adapter.dialect === body.native.dialect) {
    return { bytes: spliceOwnDialect(body, planned, options), droppedParams: NOTHING_DROPPED };
  }
  const { deployment } = planned;
  const rendered = options.adapter.renderRequest(body.native, {
    upstreamModel: deployment.upstreamModel,
    defaultMaxOutputTokens: options.enforcedMaxOutputTokens ?? deployment.defaultMaxOutputTokens,
    streamUsage: deployment.streamUsage,
  });
  return { bytes: Buffer.from(JSON.stringify(rendered.body)), droppedParams: rendered.droppedParams };
}

function spliceOwnDialect(body: ParsedBody, planned: PlannedDeployment, options: PrepareOptions): Buffer {
  const { deployment } = planned;
  const { native, scanned } = body;
  const edits: Edit[] = [];
  if (scanned.modelSpan !== null && native.model !== deployment.upstreamModel) {
    edits.push({ ...scanned.modelSpan, replacement: Buffer.from(JSON.stringify(deployment.upstreamModel)) });
  }
  if (native.dialect === 'openai-chat') edits.push(...listOpenAiEdits(body, deployment, options));
  return edits.length === 0 ? body.bytes : spliceBytes(body.bytes, edits);
}

function listOpenAiEdits(
  body: ParsedBody,
  { upstreamModel, streamUsage }: DeploymentConfig,
  { adapter, enforcedMaxOutputTokens }: PrepareOptions,
): Edit[] {
  const { native, scanned } = body;
  const edits: Edit[] = [];
  if (streamUsage && native.stream && !native.streamIncludesUsage) {
    const streamOptions = JSON.stringify(withUsage(native));
    if (scanned.streamOptionsSpan === null)
      edits.push(insertMember(scanned, 'stream_options', streamOptions));
    else edits.push({ ...scanned.streamOptionsSpan, replacement: Buffer.from(streamOptions) });
  }
  if (enforcedMaxOutputTokens !== null && native.maxOutputTokens === null) {
    edits.push(setMember(body, adapter.nameMaxOutputTokens(upstreamModel), String(enforcedMaxOutputTokens)));
  }
  return edits;
}

/** A member that the client may have written as null, which says nothing, must not be there twice. */
function setMember({ bytes, scanned, native }: ParsedBody, name: string, valueJson: string): Edit {
  if (!Object.hasOwn(native.raw, name)) return insertMember(scanned, name, valueJson);
  const [span] = findValueSpans(bytes, [[name]]) as [Span];
  return { ...span, replacement: Buffer.from(valueJson) };
}

function withUsage(native: NativeChatRequest): Record<string, unknown> {
  const sent = native.raw.stream_options;
  return isJsonObject(sent) ? { ...sent, include_usage: true } : { include_usage: true };
}
