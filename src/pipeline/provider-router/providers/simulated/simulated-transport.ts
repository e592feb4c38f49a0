import type { Clock } from '../../../../common/clock.port.js';
import type { ProviderConfig } from '../../../../tenancy/config-snapshot.js';
import type {
  UpstreamCall,
  UpstreamListener,
  UpstreamRequest,
  UpstreamTransport,
} from '../../upstream-transport.port.js';
import { buildSimulatedScript } from './build-simulated-script.js';
import { parseSimulatedModel, type SimulatedModel } from './parse-simulated-model.js';
import { SimulatedCall } from './simulated-call.js';

/**
 * A provider inside the process: for first use, demonstrations, tests and benchmarks.
 *
 * Guarantees: it speaks the Chat Completions wire format, whole and streamed; the same request gets the same text, tool calls
 * and faults; nothing is called back before `send` returned; it keeps the timeouts of a real connection; a stream is made
 * while it is read.
 *
 * 1. The model's name and the provider's settings say how to behave (parse-simulated-model.ts).
 * 2. The body is read, the answer planned and turned into a script: head, chunks, end (build-simulated-script.ts).
 * 3. A call plays the script at its pace (simulated-call.ts).
 *
 * A model name outside the grammar is answered 404 `model_not_found`, a body that is no chat request 400, as a provider would.
 */
export class SimulatedTransport implements UpstreamTransport {
  private readonly calls = new Set<SimulatedCall>();
  /** Provider rows are immutable, so what was read from one stays true; gone with the row. */
  private readonly models = new WeakMap<ProviderConfig, Map<string, SimulatedModel>>();

  constructor(readonly clock: Clock) {}

  /** Calls that have not ended, for tests and shutdown. */
  get activeCalls(): number {
    return this.calls.size;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
    const { upstreamModel } = request.deployment;
    const model = this.findModel(request.provider, upstreamModel);
    const createdAtSeconds = Math.floor(this.clock.nowMs() / 1_000);
    const script = buildSimulatedScript(model, upstreamModel, request.body, createdAtSeconds);
    const call = new SimulatedCall(script, listener, request.timeouts, this);
    this.calls.add(call);
    return call;
  }

  forget(call: SimulatedCall): void {
    this.calls.delete(call);
  }

  /** Breaks what is still running. */
  close(): Promise<void> {
    for (const call of [...this.calls]) call.fail('reset', 'The simulated provider was shut down.');
    return Promise.resolve();
  }

  private findModel(provider: ProviderConfig, upstreamModel: string): SimulatedModel {
    let models = this.models.get(provider);
    if (models === undefined) {
      models = new Map();
      this.models.set(provider, models);
    }
    let model = models.get(upstreamModel);
    if (model === undefined) {
      model = parseSimulatedModel(upstreamModel, provider.settings);
      models.set(upstreamModel, model);
    }
    return model;
  }
}
