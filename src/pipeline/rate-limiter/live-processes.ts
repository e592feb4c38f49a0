import type { RedisConnection } from '../../storage/redis/redis-client.js';
import { createId } from '../../common/ids.js';
import { RedisScript } from '../../storage/redis/redis-script.js';

const HEARTBEAT_MS = 2_000;
/** A process that was not heard of for so long is gone. */
const LIFE_MS = 10_000;
const KEY = 'tokenpak:processes';

/** Adds this process and counts those alive, by Redis's clock. ARGV: process id, life in milliseconds. */
const BEAT = new RedisScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
`);

/** How many gateway processes share this Redis. Counting goes on from the last known number while Redis is down. */
export class LiveProcesses {
  private readonly id = createId();
  private timer: NodeJS.Timeout | null = null;
  private known = 1;

  constructor(private readonly redis: RedisConnection) {}

  /** At least 1; 1 until Redis was reached for the first time. */
  get count(): number {
    return this.known;
  }

  start(): void {
    void this.beat();
    // Before Redis is connected the first beat fails; the next one is soon enough.
    this.timer = setInterval(() => void this.beat(), HEARTBEAT_MS).unref();
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    // Without Redis the others find out by themselves.
    await this.redis.run((client) => client.zrem(KEY, this.id)).catch(() => undefined);
  }

  /** Never rejects. */
  async beat(): Promise<void> {
    try {
      this.known = Number(await this.redis.run((client) => BEAT.run(client, [KEY], [this.id, LIFE_MS])));
    } catch {
      // Redis is down: the last known number is what shares are cut by.
    }
  }
}
