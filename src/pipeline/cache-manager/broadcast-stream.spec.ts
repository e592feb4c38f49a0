import { GatewayError } from '../../errors/gateway-error.js';
import type { AnswerOrigin, StreamAnswer, StreamControl, StreamSink } from '../answer.js';
import { BroadcastStream } from './broadcast-stream.js';

class Source implements StreamAnswer, StreamControl {
  readonly kind = 'stream';
  readonly origin = {} as AnswerOrigin;
  sink: StreamSink | null = null;
  calls: string[] = [];
  subscribe(sink: StreamSink): StreamControl {
    this.sink = sink;
    return this;
  }
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
  abort(): void {
    this.calls.push('abort');
  }
}

class Reader implements StreamSink {
  text = '';
  ended: 'end' | GatewayError | null = null;
  onData(chunk: Buffer): void {
    this.text += chunk.toString();
  }
  onEnd(): void {
    this.ended = 'end';
  }
  onFailure(error: GatewayError): void {
    this.ended = error;
  }
}

function setUp(maxRecordedBytes = 100) {
  const source = new Source();
  const recorded: string[] = [];
  const onRecorded = (bytes: Buffer): void => void recorded.push(bytes.toString());
  const stream = new BroadcastStream(source, { maxRecordedBytes, onRecorded });
  const push = (text: string): void => source.sink?.onData(Buffer.from(text));
  return { source, stream, recorded, push };
}

describe('BroadcastStream', () => {
  it('gives a late consumer everything from the start', () => {
    const { source, stream, push } = setUp();
    const [first, late] = [new Reader(), new Reader()];
    stream.subscribe(first);
    push('a');
    push('b');
    stream.subscribe(late);
    push('c');
    source.sink?.onEnd();
    expect([first.text, late.text]).toEqual(['abc', 'abc']);
    expect([first.ended, late.ended]).toEqual(['end', 'end']);
  });

  it('records a stream that ended well, once', () => {
    const { source, stream, recorded, push } = setUp();
    stream.subscribe(new Reader());
    push('ab');
    source.sink?.onEnd();
    expect(recorded).toEqual(['ab']);
  });

  it('records nothing of a stream that failed or outgrew the bound', () => {
    const failed = setUp();
    failed.stream.subscribe(new Reader());
    failed.push('a');
    failed.source.sink?.onFailure(new GatewayError('upstream_error'));
    const large = setUp(3);
    large.stream.subscribe(new Reader());
    large.push('abcd');
    large.source.sink?.onEnd();
    expect([failed.recorded, large.recorded]).toEqual([[], []]);
  });

  it('ends the upstream call when the last consumer leaves, not before', () => {
    const { source, stream } = setUp();
    const first = stream.subscribe(new Reader());
    const second = stream.subscribe(new Reader());
    first.abort();
    expect(source.calls).toEqual([]);
    second.abort();
    expect(source.calls).toEqual(['abort']);
    expect(stream.canJoin).toBe(false);
  });

  it('lets the slowest consumer govern the pace beyond the bound and loses nothing', () => {
    const { source, stream, push } = setUp(2);
    const [fast, slow] = [new Reader(), new Reader()];
    stream.subscribe(fast);
    const control = stream.subscribe(slow);
    push('abc');
    control.pause();
    push('d');
    expect(source.calls).toEqual(['pause']);
    expect([fast.text, slow.text]).toEqual(['abcd', 'abc']);
    control.resume();
    source.sink?.onEnd();
    expect(source.calls).toEqual(['pause', 'resume']);
    expect([slow.text, slow.ended]).toEqual(['abcd', 'end']);
    expect(stream.canJoin).toBe(false);
  });

  it('delivers the end to a paused consumer only after its last chunk', () => {
    const { source, stream, push } = setUp();
    const reader = new Reader();
    const control = stream.subscribe(reader);
    control.pause();
    push('a');
    source.sink?.onEnd();
    expect([reader.text, reader.ended]).toEqual(['', null]);
    control.resume();
    expect([reader.text, reader.ended]).toEqual(['a', 'end']);
  });
});
