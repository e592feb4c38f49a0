/** What one request of the soak run is, and what may come of it. */
export interface SoakRequest {
  kind: 'json' | 'stream' | 'status-503' | 'cut-json' | 'cut-stream' | 'abort-json' | 'abort-stream' | 'bad';
  model: string;
  streams: boolean;
  /** Leave after so many milliseconds (whole answers) or with the first chunk (streams); null stays to the end. */
  abort: 'after-send' | 'first-chunk' | null;
}

export const FAULT_MODELS = ['bench-status-503', 'bench-cut'];

/** Shares in percent; the index decides, so that every run sends the same. */
const MIX: [share: number, request: SoakRequest][] = [
  [66, { kind: 'json', model: 'bench', streams: false, abort: null }],
  [12, { kind: 'stream', model: 'bench', streams: true, abort: null }],
  [4, { kind: 'status-503', model: 'bench-status-503', streams: false, abort: null }],
  [4, { kind: 'cut-json', model: 'bench-cut', streams: false, abort: null }],
  [3, { kind: 'cut-stream', model: 'bench-cut', streams: true, abort: null }],
  [4, { kind: 'abort-json', model: 'bench', streams: false, abort: 'after-send' }],
  [4, { kind: 'abort-stream', model: 'bench', streams: true, abort: 'first-chunk' }],
  [3, { kind: 'bad', model: 'nobody-has-this', streams: false, abort: null }],
];

const BY_PERCENT: SoakRequest[] = MIX.flatMap(([share, request]) =>
  new Array<SoakRequest>(share).fill(request),
);

export function chooseRequest(index: number): SoakRequest {
  // A multiplier coprime to 100 spreads the kinds evenly.
  return BY_PERCENT[(index * 37) % 100] as SoakRequest;
}

/** Whether a status is what this request must get. Injected faults may also meet an open breaker. */
export function isExpected({ kind }: SoakRequest, status: number): boolean {
  switch (kind) {
    case 'status-503':
    case 'cut-json':
      return status === 502 || status === 503;
    case 'cut-stream':
      return status === 200 || status === 502 || status === 503;
    case 'bad':
      return status === 404;
    default:
      return status === 200;
  }
}
