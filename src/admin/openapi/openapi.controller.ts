import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { IpThrottlerGuard } from '../../pipeline/rate-limiter/ip-throttler.guard.js';
import { InArea, Reads } from '../access/access-rule.js';
import { buildOpenApiDocument } from './build-document.js';

/** The admin plane described by itself. */
@Controller('admin/openapi.json')
@InArea('open')
@Reads()
@UseGuards(IpThrottlerGuard)
export class OpenApiController {
  private text: string | null = null;

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  read(): string {
    // Made when somebody asks: it takes time that a start does not have.
    this.text ??= JSON.stringify(buildOpenApiDocument());
    return this.text;
  }
}
