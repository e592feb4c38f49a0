import { Readable } from 'node:stream';
import { Get, Query, Res, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ReadsSecrets } from '../access/access-rule.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { parseInput } from '../http/parse-input.js';
import { exportQuerySchema } from './configuration.dto.js';
import { ConfigurationService } from './configuration.service.js';
import { renderDocument } from './render-document.js';

const MEDIA_TYPES = { yaml: 'application/yaml; charset=utf-8', json: 'application/json; charset=utf-8' };

@AdminPlane('export', 'platform')
export class ExportController {
  constructor(private readonly configuration: ConfigurationService) {}

  @Get()
  @ReadsSecrets()
  async export(@Query() query: Record<string, string>, @Res({ passthrough: true }) reply: FastifyReply) {
    const { format } = parseInput(exportQuerySchema, query);
    const document = await this.configuration.export();
    void reply.type(MEDIA_TYPES[format]).header('cache-control', 'no-store');
    return new StreamableFile(Readable.from(renderDocument(document, format)));
  }
}
