import type { ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { listStreamEvents } from '../../chat/list-stream-events.js';
import type { NativeChatResponse } from '../../chat/native-response.js';
import { CLOCK, type Clock } from '../../common/clock.port.js';
import type { GatewayError } from '../../errors/gateway-error.js';
import { renderError } from '../../errors/render-error.js';
import type { Answer, StreamAnswer } from '../answer.js';
import type { DialectAdapter } from '../format-adapter/dialect-adapter.port.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import type { RequestContext } from '../request-context.js';
import { SettlementService } from '../settlement/settlement.service.js';
import { type CheckedAnswer, ResponsePolicyService } from './response-policy.service.js';
import { type ChunkRenderer, PassThroughRenderer, TranslatingRenderer } from './chunk-renderer.js';
import { collectStream } from './collect-stream.js';
import { type CollectedAnswer, readNativeAnswer } from './collected-answer.js';
import { buildResponseHeaders, renderCostHeader } from './response-headers.js';
import { StreamWriter, type StreamWriterHost } from './stream-writer.js';
import { WireBytes } from '../wire-bytes.js';

/** An answer that has to be seen whole is held up to here. */
const MAX_COLLECTED_BYTES = 8 * 1024 * 1024;
/** Up to here a body is sent as text, which Node.js puts into one write with the headers; larger ones are not copied. */
const MAX_TEXT_BYTES = 16 * 1024;
const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/**
 * Brings an answer to its client, in the client's dialect and form, checked by the response policies, and booked before
 * its last byte leaves. Live, shared and cached answers all take this way.
 *
 * 1. A stream for a streaming client without response policies that could act is carried chunk by chunk.
 * 2. Everything else is collected; response policies see it; then it is sent as the upstream's bytes where dialect and
 *    form agree and nothing was redacted, else rendered from the native format.
 */
@Injectable()
export class AnswerDeliveryService implements StreamWriterHost {
  constructor(
    private readonly formatAdapter: FormatAdapterService,
    private readonly responsePolicy: ResponsePolicyService,
    private readonly settlement: SettlementService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws GatewayError while nothing was sent yet. */
  async deliver(context: RequestContext, answer: Answer): Promise<void> {
    context.origin = answer.origin;
    const wantsStream = context.getBody().native.stream;
    const { hasResponsePolicy, enforcesResponses } = context.getPlan().policies;
    if (answer.kind === 'stream' && wantsStream && !enforcesResponses) {
      // A policy on trial must not change how an answer arrives, and only a stream that is held back can be looked at.
      const reason = hasResponsePolicy
        ? 'in shadow, policies do not see streams'
        : 'no response policy applies';
      context.trace.skipStage('response-policy', reason);
      this.startStream(context, answer);
      return;
    }
    const collected = await this.collect(context, answer);
    const checked = this.responsePolicy.check(context, collected);
    await this.deliverCollected(context, checked, enforcesResponses);
  }

  settle(context: RequestContext, status: number, error: GatewayError | null): Promise<void> | void {
    return this.settlement.settle(context, status, error);
  }

  renderStreamError(context: RequestContext, error: GatewayError): string {
    const body = JSON.stringify(renderError(error, context.errorDialect, context.id).body);
    return context.errorDialect === 'anthropic' ? `event: error\ndata: ${body}\n\n` : `data: ${body}\n\n`;
  }

  private startStream(context: RequestContext, answer: StreamAnswer): void {
    context.trace.beginStage('response-adapter');
    const renderer = this.createChunkRenderer(context, answer);
    const { raw } = context.reply;
    this.writeHead(context, EVENT_STREAM, []);
    new StreamWriter(context, raw, renderer, this).start(answer);
  }

  private createChunkRenderer(context: RequestContext, answer: StreamAnswer): ChunkRenderer {
    const { native } = context.getBody();
    const { dialect } = answer.origin;
    const adapter = this.formatAdapter.getAdapter(dialect);
    if (dialect === native.dialect) {
      return new PassThroughRenderer(adapter.createPassThrough({ hideUsage: !native.streamIncludesUsage }));
    }
    const clientAdapter = this.formatAdapter.getAdapter(native.dialect);
    const parser = this.formatAdapter.createStreamParser(dialect, native);
    return new TranslatingRenderer(parser, clientAdapter.createStreamRenderer(native));
  }

  private async collect(context: RequestContext, answer: Answer): Promise<CollectedAnswer> {
    const { origin } = answer;
    if (answer.kind === 'whole') return { origin, form: 'whole', body: answer.body };
    const bytes = await collectStream(answer, MAX_COLLECTED_BYTES, (abort) => context.onClose(abort));
    return { origin, form: 'stream', body: WireBytes.ofBuffer(bytes) };
  }

  private async deliverCollected(
    context: RequestContext,
    answer: CheckedAnswer,
    wasBuffered: boolean,
  ): Promise<void> {
    context.trace.beginStage('response-adapter');
    const { native } = context.getBody();
    const isSameDialect = answer.origin.dialect === native.dialect;
    const isSameForm = (answer.form === 'stream') === native.stream;
    const canForward = isSameDialect && isSameForm && answer.redacted === null;
    const body = canForward ? this.forwardBody(context, answer) : this.renderBody(context, answer);
    context.trace.logStage('response-adapter', 'ran', canForward ? 'forwarded' : 'rendered');
    await this.settle(context, 200, null);
    if (native.stream)
      this.writeHead(context, EVENT_STREAM, wasBuffered ? ['x-tokenpak-buffered', 'policy'] : []);
    else this.writeWholeHead(context, body.length, canForward);
    context.isDelivered = true;
    endWith(context.reply.raw, body);
  }

  private forwardBody(context: RequestContext, answer: CollectedAnswer): WireBytes {
    const { native } = context.getBody();
    if (answer.form === 'whole' || native.streamIncludesUsage) return answer.body;
    const stream = this.formatAdapter.getAdapter(native.dialect).createPassThrough({ hideUsage: true });
    const pieces = [stream.push(answer.body.buffer), stream.finish()];
    return WireBytes.ofBuffer(Buffer.concat(pieces.filter((bytes) => bytes !== null)));
  }

  private renderBody(context: RequestContext, answer: CheckedAnswer): WireBytes {
    const { native } = context.getBody();
    const read =
      answer.redacted ?? readNativeAnswer(answer, this.formatAdapter.getAdapter(answer.origin.dialect));
    const response = this.formatAdapter.adaptFromNative(read, native);
    const adapter = this.formatAdapter.getAdapter(native.dialect);
    const text = native.stream
      ? renderStream(adapter, context, response)
      : JSON.stringify(adapter.renderResponse(response));
    return WireBytes.ofBuffer(Buffer.from(text));
  }

  /** The upstream's content type belongs to the upstream's bytes. */
  private writeWholeHead(context: RequestContext, length: number, isForwarded: boolean): void {
    const more = ['content-length', String(length), 'x-tokenpak-cost-usd', renderCostHeader(context)];
    const upstreamType = isForwarded ? context.origin?.headers['content-type'] : undefined;
    this.writeHead(context, upstreamType ?? 'application/json', more);
  }

  private writeHead(context: RequestContext, contentType: string, more: readonly string[]): void {
    const headers = buildResponseHeaders(context, this.clock.monotonicMs());
    headers.push('content-type', contentType, ...more);
    if (contentType === EVENT_STREAM) headers.push('cache-control', 'no-cache', 'x-accel-buffering', 'no');
    if (context.isDraining) headers.push('connection', 'close');
    context.status = 200;
    context.reply.raw.writeHead(200, headers);
  }
}

function renderStream(
  adapter: DialectAdapter,
  context: RequestContext,
  response: NativeChatResponse,
): string {
  const renderer = adapter.createStreamRenderer(context.getBody().native);
  let text = '';
  for (const event of listStreamEvents(response)) text += renderer.render(event);
  return text;
}

function endWith(raw: ServerResponse, body: WireBytes): void {
  if (body.length <= MAX_TEXT_BYTES) raw.end(body.latin1, 'latin1');
  else raw.end(body.buffer);
}
