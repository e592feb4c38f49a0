import { Inject, Injectable } from '@nestjs/common';
import { clipText } from '../../common/clip-text.js';
import { maskKeys } from '../../common/mask-keys.js';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { isAllowedName } from '../../tenancy/match-pattern.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { ModelConfig } from '../../tenancy/config-snapshot.js';
import { EffectivePlanService } from '../effective-plan/effective-plan.service.js';
import { FormatAdapterService } from '../format-adapter/format-adapter.service.js';
import { readBody } from '../read-body.js';
import type { ParsedBody, RequestContext } from '../request-context.js';
import { assertAcceptableHeaders } from './assert-acceptable-headers.js';
import { extractIntent } from './extract-intent.js';
import { parseControlHeaders } from './parse-control-headers.js';
import { scanJsonBody } from './scan-json-body.js';

const MAX_MODEL_NAME = 256;

/**
 * Request Router: from bytes to an understood request.
 *
 * 1. Headers say whether the body may be read at all; then it is read, bounded.
 * 2. One pass checks the bytes; the dialect's adapter makes the native view.
 * 3. The model is found among those the key may use, and the plan (policies, limits, deployments) that applies to it.
 * 4. `extractIntent` classifies the request; routing rules and traces use it.
 */
@Injectable()
export class RequestRouterService {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly configStore: ConfigStore,
    private readonly formatAdapter: FormatAdapterService,
    private readonly plans: EffectivePlanService,
  ) {}

  /** @throws GatewayError for everything about the request that is malformed or not allowed. */
  async receive(context: RequestContext): Promise<void> {
    const { trace } = context;
    trace.beginStage('request-router');
    assertAcceptableHeaders(context.request.headers);
    context.controls = parseControlHeaders(context.request.headers);
    const bytes = await readBody(context.request.raw, this.config.maxBodyBytes);
    context.bodyWasRead = true;
    const scanned = scanJsonBody(bytes);
    // The name is recorded before anything can fail, so that the ledger shows what was asked for; a key that somebody put there
    // by mistake is not kept.
    if (typeof scanned.json.model === 'string')
      context.modelName = maskKeys(clipText(scanned.json.model, MAX_MODEL_NAME));
    trace.logStage('request-router', 'ran', null);

    trace.beginStage('format-adapter');
    const native = this.parseNative(context, scanned.json);
    const body: ParsedBody = { bytes, scanned, native };
    context.body = body;
    context.user ??= native.user;
    trace.logStage('format-adapter', 'ran', native.dialect);

    trace.beginStage('request-router');
    const intent = extractIntent(native);
    context.intent = intent;
    const asked = this.findModel(context, native.model);
    context.plan = this.plans.getPlan(context, asked);
    context.model = context.plan.model;
    trace.logStage('request-router', 'ran', { ...intent });
  }

  private parseNative(context: RequestContext, json: ParsedBody['scanned']['json']): ParsedBody['native'] {
    const { dialect, name } = context.route;
    if (dialect === null) throw new Error(`Route ${name} has no body`);
    return name === 'count-tokens'
      ? this.formatAdapter.parseCountTokensRequest(json)
      : this.formatAdapter.adaptToNative(dialect, json);
  }

  private findModel(context: RequestContext, name: string): ModelConfig {
    const { key } = context.getGrant();
    const model = isAllowedName(key.allowedModels, name)
      ? this.configStore.findModel(key.tenantId, name)
      : null;
    if (model === null) {
      throw new GatewayError('model_not_found', {
        param: 'model',
        publicMessage: `The model "${name.slice(0, 128)}" does not exist or this key may not use it.`,
      });
    }
    return model;
  }
}
