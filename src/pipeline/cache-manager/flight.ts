import type { Answer } from '../answer.js';
import type { BroadcastStream } from './broadcast-stream.js';

/** A request that waits for the answer, until its connection closes. */
interface FlightMember {
  onClose(handler: () => void): void;
}

/** One upstream call that answers several identical requests. The first request, the leader, pays for it. */
export class Flight {
  answer: Promise<Answer> | null = null;
  private stream: BroadcastStream | null = null;
  private readonly members = new Set<FlightMember>();
  private isFinished = false;
  private readonly finishHandlers: (() => void)[] = [];

  constructor(
    readonly leader: FlightMember,
    private readonly onEmpty: () => void,
  ) {}

  /** When the last one leaves, the upstream call ends, and with it the flight: an aborted stream reports no end. */
  join(member: FlightMember): void {
    this.members.add(member);
    member.onClose(() => {
      this.members.delete(member);
      if (this.members.size > 0 || this.isFinished) return;
      this.onEmpty();
      this.finish();
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
