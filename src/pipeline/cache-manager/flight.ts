import type { Answer } from '../answer.js';
import type { RequestContext } from '../request-context.js';
import { BroadcastStream } from './broadcast-stream.js';

/** One upstream call that answers several identical requests. The first request, the leader, pays for it. */
export class Flight {
  answer: Promise<Answer> | null = null;
  private stream: BroadcastStream | null = null;
  private readonly members = new Set<RequestContext>();
  private isFinished = false;
  private readonly finishHandlers: (() => void)[] = [];

  constructor(
    readonly leader: RequestContext,
    private readonly onEmpty: () => void,
  ) {}

  /** A request takes part until its connection closes; when the last one leaves, the upstream call ends. */
  join(context: RequestContext): void {
    this.members.add(context);
    context.onClose(() => {
      this.members.delete(context);
      if (this.members.size === 0 && !this.isFinished) this.onEmpty();
    });
  }

  /** False once a newcomer could no longer get the whole answer. */
  get canJoin(): boolean {
    return !this.isFinished && this.members.size > 0 && (this.stream === null || this.stream.canJoin);
  }

  get hasOthersThanLeader(): boolean {
    return this.members.size > (this.members.has(this.leader) ? 1 : 0);
  }

  attachStream(stream: BroadcastStream): void {
    this.stream = stream;
  }

  /** The upstream call is over, well or not. */
  finish(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    for (const handler of this.finishHandlers) handler();
    this.finishHandlers.length = 0;
  }

  onFinish(handler: () => void): void {
    if (this.isFinished) handler();
    else this.finishHandlers.push(handler);
  }
}
