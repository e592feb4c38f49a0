import { Logger } from '@nestjs/common';
import type { RedisConnection } from '../../storage/redis/redis-client.js';
import type { IpCount, IpWindow } from './ip-counts.js';
import { RedisScript } from '../../storage/redis/redis-script.js';

const SYNC_INTERVAL_MS = 100;
/** Addresses told in one call, so that no call keeps Redis from others for long. */
const CHUNK = 500;

/** KEYS: counts of this window and of the one before, hashes by address. ARGV: life in ms, then address and amount in turn. */
const SYNC = new RedisScript(`
local reply = {}
for index = 2, #ARGV, 2 do
  reply[#reply + 1] = redis.call('HINCRBY', KEYS[1], ARGV[index], ARGV[index + 1])
  reply[#reply + 1] = tonumber(redis.call('HGET', KEYS[2], ARGV[index]) or 0)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return reply
`);

/**
 * Tells the other processes what this one counted, and learns what they did, every 100 ms. Decisions are taken in memory
 * from the sum of all as of then and the own requests since: what n processes admit beyond a limit is at most what reached
 * the other n - 1 within the last 100 ms (and the round trip). Redis down: each process counts what it sees itself.
 */
export class SharedIpCounts {
  private readonly logger = new Logger('ip-limits');
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private isFailing = false;

  constructor(
    private readonly window: IpWindow,
    private readonly redis: RedisConnection,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.poke(), SYNC_INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    await this.running;
  }

  /** Never rejects. */
  async sync(): Promise<void> {
    const { number, windowMs } = this.window;
    const changed = this.window.takeChanged();
    for (let from = 0; from < changed.length; from += CHUNK) {
      await this.syncChunk(number, windowMs, changed.slice(from, from + CHUNK));
    }
  }

  private poke(): void {
    this.running ??= this.sync().finally(() => {
      this.running = null;
    });
  }

  private async syncChunk(number: number, windowMs: number, counts: readonly IpCount[]): Promise<void> {
    const told = counts.map(({ unshared }) => unshared);
    // Taken over before the answer, so that a request meanwhile is neither lost nor told twice.
    counts.forEach((count, index) => share(count, told[index] as number));
    const args: (string | number)[] = [2 * windowMs];
    counts.forEach(({ key }, index) => args.push(key, told[index] as number));
    const keys = [renderKey(number), renderKey(number - 1)];
    try {
      const reply = (await this.redis.run((client) => SYNC.run(client, keys, args))) as number[];
      counts.forEach((count, index) => {
        count.shared = reply[2 * index] as number;
        count.before = reply[2 * index + 1] as number;
      });
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`Counts per address are not shared: ${(error as Error).message}`);
      this.isFailing = true;
    }
  }
}

function share(count: IpCount, amount: number): void {
  count.shared += amount;
  count.unshared -= amount;
}

/** One hash tag for both: they are used in one call. */
function renderKey(window: number): string {
  return `tokenpak:{ip}:${window}`;
}
