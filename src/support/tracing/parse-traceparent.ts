export interface TraceParent {
  /** 32 lower-case hex digits, not all zero. */
  traceId: string;
  /** The caller's span, 16 hex digits. */
  parentId: string;
  /** Whether the caller records its trace. */
  isSampled: boolean;
}

const TRACEPARENT_PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_PARENT = '0'.repeat(16);
const SAMPLED_FLAG = 1;

/**
 * W3C Trace Context, level 2. Null for anything that the standard says to ignore: version ff, zero ids, extra members in
 * version 00. Later versions are read by the part that is common to all.
 */
export function parseTraceparent(header: string): TraceParent | null {
  const match = TRACEPARENT_PATTERN.exec(header);
  if (match === null) return null;
  const [, version = '', traceId = '', parentId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (traceId === NO_TRACE || parentId === NO_PARENT) return null;
  return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & SAMPLED_FLAG) === SAMPLED_FLAG };
}
