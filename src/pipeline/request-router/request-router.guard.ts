import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { DataPlaneRequest } from '../request-context.js';
import { RequestRouterService } from './request-router.service.js';

/** Reads and understands the body; runs only after the key was accepted. */
@Injectable()
export class RequestRouterGuard implements CanActivate {
  constructor(private readonly requestRouter: RequestRouterService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.requestRouter.receive(context.switchToHttp().getRequest<DataPlaneRequest>().pipeline);
    return true;
  }
}
