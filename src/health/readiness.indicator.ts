import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorFunction, HealthIndicatorService } from '@nestjs/terminus';
import { CLOCK, type Clock } from '../common/clock.port.js';
import { USAGE_LEDGER, type UsageLedger } from '../support/monitor/usage-event.js';
import { ConfigStore } from '../tenancy/config-store.js';
import { REDIS_HEALTH, type RedisHealth } from './redis-health.port.js';
import { DrainState } from './drain-state.js';

/** A configuration that nobody confirmed for this long must not decide any more. */
const MAX_CONFIG_AGE_MS = 3_600_000;
/** The version is polled twice a second; after this without an answer the database counts as down. */
const DATABASE_SILENCE_MS = 5_000;

/** What makes this process able to serve. Nothing here waits for a dependency: the checks read what is known already. */
@Injectable()
export class ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly configStore: ConfigStore,
    @Inject(USAGE_LEDGER) private readonly ledger: UsageLedger,
    @Inject(REDIS_HEALTH) private readonly redis: RedisHealth,
    private readonly drain: DrainState,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  listChecks(): HealthIndicatorFunction[] {
    return [
      () => this.checkConfiguration(),
      () => this.checkJournal(),
      () => this.checkDrain(),
      () => this.checkDatabase(),
      () => this.checkRedis(),
    ];
  }

  listStartupChecks(): HealthIndicatorFunction[] {
    return [() => this.checkConfiguration()];
  }

  private checkConfiguration() {
    const indicator = this.indicators.check('configuration');
    const ageMs = this.findConfigAgeMs();
    if (ageMs === null) return indicator.down({ reason: 'not loaded yet' });
    if (ageMs > MAX_CONFIG_AGE_MS) return indicator.down({ reason: 'older than an hour' });
    return indicator.up({ version: this.configStore.current().version });
  }

  private checkJournal() {
    const indicator = this.indicators.check('journal');
    return this.ledger.isWritable() ? indicator.up() : indicator.down({ reason: 'not writable' });
  }

  private checkDrain() {
    const indicator = this.indicators.check('drain');
    return this.drain.isDraining ? indicator.down({ reason: 'shutting down' }) : indicator.up();
  }

  private checkDatabase() {
    const ageMs = this.findConfigAgeMs();
    const isDown = ageMs === null || ageMs > DATABASE_SILENCE_MS;
    return this.indicators.check('database').up(isDown ? { degraded: true } : {});
  }

  private checkRedis() {
    const state = this.redis.describe();
    return this.indicators.check('redis').up(state === 'down' ? { degraded: true } : { mode: state });
  }

  private findConfigAgeMs(): number | null {
    const checkedAtMs = this.configStore.lastCheckedAtMs;
    return checkedAtMs === null ? null : this.clock.nowMs() - checkedAtMs;
  }
}
