import { ResponseAccumulator } from '../../chat/accumulate-response.js';
import type { NativeChatResponse } from '../../chat/native-response.js';
import { isJsonObject, type JsonObject } from '../../common/json.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { AnswerOrigin } from '../answer.js';
import type { WireBytes } from '../wire-bytes.js';
import { type DialectAdapter, UpstreamFormatError } from '../format-adapter/dialect-adapter.port.js';

/** An answer of which all bytes are here, as one body or as a recorded stream. */
export interface CollectedAnswer {
  origin: AnswerOrigin;
  form: 'whole' | 'stream';
  body: WireBytes;
}

/**
 * The body of a whole answer.
 * @throws GatewayError('upstream_error') when it is not a JSON object.
 */
export function parseAnswerBody(bytes: Buffer): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw malformed(cause);
  }
  if (!isJsonObject(json)) throw malformed(null);
  return json;
}

/** The answer in the native format. @throws GatewayError('upstream_error') when it is not in its dialect, or incomplete. */
export function readNativeAnswer(answer: CollectedAnswer, adapter: DialectAdapter): NativeChatResponse {
  if (answer.form === 'stream') return readNativeStream(answer.body.buffer, adapter);
  return parseNativeBody(parseAnswerBody(answer.body.buffer), adapter);
}

/** @throws GatewayError('upstream_error') when the body is not in the adapter's dialect. */
export function parseNativeBody(json: JsonObject, adapter: DialectAdapter): NativeChatResponse {
  try {
    return adapter.parseResponse(json);
  } catch (cause) {
    if (cause instanceof UpstreamFormatError) throw malformed(cause);
    throw cause;
  }
}

function readNativeStream(bytes: Buffer, adapter: DialectAdapter): NativeChatResponse {
  const parser = adapter.createStreamParser();
  const accumulator = new ResponseAccumulator();
  for (const event of parser.push(bytes)) accumulator.add(event);
  for (const event of parser.finish()) accumulator.add(event);
  if (accumulator.error !== null) {
    throw new GatewayError('upstream_error', { publicMessage: accumulator.error });
  }
  return accumulator.build();
}

function malformed(cause: unknown): GatewayError {
  return new GatewayError('upstream_error', {
    publicMessage: 'The provider sent a malformed answer.',
    cause,
  });
}
