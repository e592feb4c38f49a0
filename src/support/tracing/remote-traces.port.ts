import type { PipelineTraceRecord } from './pipeline-trace.js';

/** One trace, for one reader. */
export interface WantedTrace {
  /** The request's UUID, or a W3C trace id of 32 hex digits. */
  id: string;
  /** Null: everybody's. */
  tenantId: string | null;
}

/** What the other processes have in their rings. */
export interface RemoteTraces {
  /** Null where none of them has a trace that this reader may see, or none answers in time. Never throws. */
  find(wanted: WantedTrace): Promise<PipelineTraceRecord | null>;
  close(): Promise<void>;
}

export const REMOTE_TRACES = Symbol('RemoteTraces');
