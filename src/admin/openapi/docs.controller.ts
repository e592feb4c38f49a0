import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '../../errors/gateway-error.js';
import { IpThrottlerGuard } from '../../pipeline/rate-limiter/ip-throttler.guard.js';
import { InArea, Reads } from '../access/access-rule.js';
import {
  DOCS_FILE_NAMES,
  DOCS_PAGE,
  DOCS_POLICY,
  DOCS_START_SCRIPT,
  type DocsFileName,
} from './docs-files.js';

const require = createRequire(import.meta.url);
const PACKAGE = dirname(require.resolve('swagger-ui-dist/package.json'));

/** The document as a page to browse. It holds nothing but the document, so that nobody needs a token to read it. */
@Controller('admin/docs')
@InArea('open')
@Reads()
@UseGuards(IpThrottlerGuard)
export class DocsController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', DOCS_POLICY)
  @Header('x-content-type-options', 'nosniff')
  readPage(): string {
    return DOCS_PAGE;
  }

  @Get(':file')
  @Header('x-content-type-options', 'nosniff')
  @Header('cache-control', 'max-age=3600')
  async readFile(
    @Param('file') name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const known = DOCS_FILE_NAMES.find((fileName) => fileName === name);
    if (known === undefined) throw new GatewayError('not_found');
    const text = await readDocsFile(known);
    void reply.type(`${known.endsWith('.css') ? 'text/css' : 'text/javascript'}; charset=utf-8`);
    return text;
  }
}

function readDocsFile(name: DocsFileName): Promise<string> {
  if (name === 'start.js') return Promise.resolve(DOCS_START_SCRIPT);
  return readFile(join(PACKAGE, name), 'utf8');
}
