import { Injectable } from '@nestjs/common';

/** Whether this process is leaving: readiness fails, connections are told to close, new requests are still served. */
@Injectable()
export class DrainState {
  isDraining = false;
}
