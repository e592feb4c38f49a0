/** What the load process is told to do. Everything in it survives JSON. */
export interface LoadPlan {
  /** `http://127.0.0.1:PORT`. */
  origin: string;
  path: string;
  headers: Record<string, string>;
  /** One a request in turn, as bearer; without them the headers are sent as they are. */
  bearerTokens?: string[];
  /** The body, cut where the request's unique text goes. */
  bodyParts: string[];
  /** Start of that text; a counter follows. Null sends the same body always. */
  uniquePrefix: string | null;
  connections: number;
  /** Open loop at this rate; null is a closed loop as fast as it goes. */
  ratePerSecond: number | null;
  durationMs: number;
  /** Ends the run earlier. */
  maxRequests: number | null;
  streams: boolean;
}

/** Times in milliseconds. */
export interface LoadResult {
  sent: number;
  /** Answers by status; `0` is a broken connection. */
  statuses: Record<string, number>;
  /** Answers by `x-tokenpak-cache`. */
  cacheOutcomes: Record<string, number>;
  /** Streams whose frames were not complete. */
  brokenStreams: number;
  elapsedMs: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  firstEventP50Ms: number;
}
