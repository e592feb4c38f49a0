import type { UpstreamFailure, UpstreamFailureKind } from './upstream-transport.port.js';

const SENTENCES: Readonly<Record<UpstreamFailureKind, string>> = {
  connect: 'no connection could be made',
  'timeout-connect': 'no connection in time',
  'timeout-first-byte': 'no answer in time',
  'timeout-idle': 'no more data in time',
  'timeout-total': 'no end in time',
  reset: 'the exchange broke',
  'address-refused': 'the address may not be called',
  aborted: 'the gateway ended the call',
};

/** As Node, OpenSSL and undici write them; anything else may be a text with an address in it. */
const CODE = /^[A-Z][A-Z0-9_]{2,47}$/;

/** Of causes; they could come round to where they began. */
const MAX_DEPTH = 5;

/**
 * Why an exchange broke, for tenants: traces and breaker states show it. An error's own message names the address behind a
 * host, which belongs to the operator's network; its kind and code do not.
 */
export function describeFailure(failure: UpstreamFailure): string {
  const code = findCode(failure);
  return `${failure.kind}: ${SENTENCES[failure.kind]}${code === null ? '' : ` (${code})`}`;
}

/** The nearest along the causes. */
function findCode(failure: UpstreamFailure): string | null {
  let error: unknown = failure;
  for (let depth = 0; depth < MAX_DEPTH && typeof error === 'object' && error !== null; depth += 1) {
    const { code, cause } = error as { code?: unknown; cause?: unknown };
    if (typeof code === 'string' && CODE.test(code)) return code;
    error = cause;
  }
  return null;
}
