import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GatewayError } from '../../errors/gateway-error.js';
import { readBody } from '../../pipeline/read-body.js';
import { scanJsonBody } from '../../pipeline/request-router/scan-json-body.js';
import type { AdminRequest } from '../access/admin-request.js';
import { TAKES_DOCUMENT } from './takes-document.decorator.js';

const MAX_BODY_BYTES = 1024 * 1024;
/** As the file of GATEWAY_CONFIG: an installation of 100,000 keys is 21 MiB of JSON. */
const MAX_JSON_DOCUMENT_BYTES = 64 * 1024 * 1024;
const MAX_YAML_DOCUMENT_BYTES = 4 * 1024 * 1024;
const JSON_MEDIA_TYPE = /^application\/json\s*(?:;|$)/i;
const PATCH_MEDIA_TYPE = /^application\/(?:merge-patch\+)?json\s*(?:;|$)/i;
const DOCUMENT_MEDIA_TYPE = /^(?:application\/(?:json|(?:x-)?yaml)|text\/(?:x-)?yaml)\s*(?:;|$)/i;
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Reads the body only after the administrator was accepted, with the same checks as the data plane's. */
@Injectable()
export class AdminBodyGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdminRequest>();
    request.json = null;
    request.text = null;
    if (!METHODS_WITH_BODY.has(request.method)) return true;
    if (this.reflector.get<boolean | undefined>(TAKES_DOCUMENT, context.getHandler()) === true) {
      await readDocument(request);
    } else {
      await readJson(request);
    }
    return true;
  }
}

async function readJson(request: AdminRequest): Promise<void> {
  const bytes = await readBody(request.raw, MAX_BODY_BYTES);
  if (bytes.length === 0) return;
  assertMediaType(request, request.method === 'PATCH' ? PATCH_MEDIA_TYPE : JSON_MEDIA_TYPE);
  request.json = scanJsonBody(bytes).json;
}

async function readDocument(request: AdminRequest): Promise<void> {
  assertMediaType(request, DOCUMENT_MEDIA_TYPE);
  const isJson = JSON_MEDIA_TYPE.test(request.headers['content-type'] ?? '');
  const bytes = await readBody(request.raw, isJson ? MAX_JSON_DOCUMENT_BYTES : MAX_YAML_DOCUMENT_BYTES);
  try {
    request.text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GatewayError('invalid_request', { publicMessage: 'The document is not UTF-8 text.', cause });
  }
}

function assertMediaType({ headers }: AdminRequest, pattern: RegExp): void {
  if (!pattern.test(headers['content-type'] ?? '')) throw new GatewayError('unsupported_media_type');
}
