import type { AdminRequest } from '../access/admin-request.js';
import { AdminPlane } from '../http/admin-plane.decorator.js';
import { IdempotencyService } from '../http/idempotency.service.js';
import { CollectionController } from '../resource/collection.controller.js';
import { locateShared } from '../resource/locate-collection.js';
import { type ModelInput, modelFilterSchema } from './model.dto.js';
import { ModelsService } from './models.service.js';
import type { ModelRow } from './render-model.js';

@AdminPlane('models', 'tenant')
export class ModelsAdminController extends CollectionController<ModelRow, ModelInput> {
  protected readonly filterSchema = modelFilterSchema;

  constructor(models: ModelsService, idempotency: IdempotencyService) {
    super(models, idempotency);
  }

  protected locate(request: AdminRequest) {
    return locateShared(request, 'models');
  }
}
