import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { MetricsService } from '../../support/monitor/metrics.service.js';
import { InArea, Reads } from '../access/access-rule.js';
import { MetricsGuard } from './metrics.guard.js';

@Controller('metrics')
@InArea('platform')
@Reads()
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(private readonly metrics: MetricsService) {}

  @Get()
  async render(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.renderMetrics();
  }
}
