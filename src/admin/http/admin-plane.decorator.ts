import { applyDecorators, Controller, UseGuards } from '@nestjs/common';
import { IpThrottlerGuard } from '../../pipeline/rate-limiter/ip-throttler.guard.js';
import { type Area, InArea } from '../access/access-rule.js';
import { AdminBodyGuard } from './admin-body.guard.js';
import { AdminGuard } from './admin.guard.js';

/** A controller below `/admin/v1`: addresses are counted first, then the token is checked, then the body is read. */
export function AdminPlane(path: string, area: Area): ClassDecorator {
  return applyDecorators(
    Controller(`admin/v1/${path}`),
    InArea(area),
    UseGuards(IpThrottlerGuard, AdminGuard, AdminBodyGuard),
  );
}
