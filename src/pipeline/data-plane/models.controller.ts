import { Controller, Get, Head, HttpCode, Req } from '@nestjs/common';
import { GatewayError } from '../../errors/gateway-error.js';
import { isAllowedName } from '../../tenancy/match-pattern.js';
import { ConfigStore } from '../../tenancy/config-store.js';
import type { ModelConfig } from '../../tenancy/config-snapshot.js';
import { DataPlaneRead } from '../data-plane.decorator.js';
import {
  type ListedModel,
  renderAnthropicModel,
  renderAnthropicModelList,
  renderOpenAiModel,
  renderOpenAiModelList,
} from '../format-adapter/model-list.js';
import type { DataPlaneRequest, RequestContext } from '../request-context.js';

/** What the calling key may use. */
@Controller()
export class ModelsController {
  constructor(private readonly configStore: ConfigStore) {}

  /** Claude Code probes the base URL. */
  @Head()
  @HttpCode(204)
  probe(): void {
    // The status says it all.
  }

  @Get('v1/models')
  @DataPlaneRead()
  list(@Req() request: DataPlaneRequest): unknown {
    const models = this.listAllowed(request.pipeline).map(describe);
    return isAnthropic(request) ? renderAnthropicModelList(models) : renderOpenAiModelList(models);
  }

  @Get('v1/models/*')
  @DataPlaneRead()
  get(@Req() request: DataPlaneRequest): unknown {
    const name = decodeName((request.params as Record<string, string>)['*'] ?? '');
    const model = this.listAllowed(request.pipeline).find((candidate) => candidate.name === name);
    if (model === undefined) throw new GatewayError('model_not_found', { param: 'model' });
    const described = describe(model);
    return isAnthropic(request) ? renderAnthropicModel(described) : renderOpenAiModel(described);
  }

  private listAllowed(context: RequestContext): ModelConfig[] {
    const { key } = context.getGrant();
    return this.configStore
      .listModels(key.tenantId)
      .filter((model) => isAllowedName(key.allowedModels, model.name));
  }
}

function describe({ name, createdAtMs }: ModelConfig): ListedModel {
  return { id: name, createdAtMs, ownedBy: 'tokenpak' };
}

function isAnthropic(request: DataPlaneRequest): boolean {
  return request.headers['anthropic-version'] !== undefined;
}

/** @throws GatewayError('model_not_found') for broken percent-encoding. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new GatewayError('model_not_found', { param: 'model', cause });
  }
}
