import { HttpCode, Post, Query, Req } from '@nestjs/common';
import { Writes } from '../access/access-rule.js';
import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { TakesDocument } from '../http/takes-document.decorator.js';
import { type ImportAnswer, importQuerySchema } from './configuration.dto.js';
import { ConfigurationService } from './configuration.service.js';

@AdminPlane('import', 'platform')
export class ImportController {
  constructor(private readonly configuration: ConfigurationService) {}

  /** A document of docs/configuration-file.md, JSON of at most 64 MiB or YAML of at most 4. */
  @Post()
  @Writes()
  @TakesDocument()
  @HttpCode(200)
  import(@Req() request: AdminRequest, @Query() query: Record<string, string>): Promise<ImportAnswer> {
    const options = parseInput(importQuerySchema, query);
    return this.configuration.import(request.actor, request.text ?? '', options);
  }
}
