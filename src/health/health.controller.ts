import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { ReadinessIndicator } from './readiness.indicator.js';

/** Orchestrators ask here. `degraded` in the body means: serving, but a dependency is down. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly readiness: ReadinessIndicator,
  ) {}

  /** The event loop turns; nothing else is asked, because restarting does not heal a dependency. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.answer(reply, () => this.health.check(this.readiness.listChecks()));
  }

  @Get('startup')
  async startup(@Res({ passthrough: true }) reply: FastifyReply) {
    return this.answer(reply, () => this.health.check(this.readiness.listStartupChecks()));
  }

  private async answer(reply: FastifyReply, check: () => Promise<HealthCheckResult>) {
    try {
      const { details } = await check();
      const isDegraded = Object.values(details).some(
        (detail) => (detail as { degraded?: unknown }).degraded === true,
      );
      return { status: isDegraded ? 'degraded' : 'ok', details };
    } catch (error) {
      const result = (error as { getResponse?: () => unknown }).getResponse?.();
      if (result === undefined) throw error;
      void reply.code(503);
      return { status: 'error', details: (result as HealthCheckResult).details };
    }
  }
}
