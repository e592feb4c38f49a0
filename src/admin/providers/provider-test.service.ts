import { Inject, Injectable } from '@nestjs/common';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { GATEWAY_CONFIG, type GatewayConfig } from '../../config/gateway-config.js';
import { AddressRefusedError, createGuardedConnector } from '../../pipeline/provider-router/connect-guard.js';
import { ProviderRouterService } from '../../pipeline/provider-router/provider-router.service.js';
import type { ProviderEntity } from '../../storage/database/entities/provider.entity.js';
import { ProvidersService } from './providers.service.js';

export type ProviderTestStep = 'connect' | 'authenticate' | 'list-models';

export interface ProviderTestResult {
  ok: boolean;
  /** Milliseconds. */
  durationMs: number;
  steps: { step: ProviderTestStep; ok: boolean; detail: string }[];
  /** Names of the provider's models, at most 200; empty where it does not list them. */
  models: string[];
}

const TIMEOUT_MS = 10_000;
const MAX_MODELS = 200;
const MAX_BODY_BYTES = 4 * 1024 * 1024;

const modelListSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/**
 * Asks a provider for its models with the stored credential: costs nothing, and shows whether address, TLS and credential
 * are right. The same guard stands before the connection as before every upstream call; redirects are not followed.
 */
@Injectable()
export class ProviderTestService {
  constructor(
    private readonly providers: ProvidersService,
    @Inject(ProviderRouterService) private readonly router: Pick<ProviderRouterService, 'getProfile'>,
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
  ) {}

  async test(provider: ProviderEntity): Promise<ProviderTestResult> {
    const startedMs = performance.now();
    const result = provider.kind === 'simulated' ? SIMULATED : await this.ask(provider);
    return { ...result, durationMs: Math.round(performance.now() - startedMs) };
  }

  private async ask(provider: ProviderEntity): Promise<Omit<ProviderTestResult, 'durationMs'>> {
    const dispatcher = new Agent({
      connect: createGuardedConnector({
        allowPrivateAddresses: this.config.allowPrivateUpstreams,
        connectTimeoutMs: this.config.upstreamTimeouts.connectMs,
      }),
    });
    try {
      const { statusCode, body } = await request(`${provider.baseUrl.replace(/\/+$/, '')}/models`, {
        dispatcher,
        headers: this.buildHeaders(provider),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return describeAnswer(statusCode, await readText(body));
    } catch (error) {
      return fail([], 'connect', describeFailure(error));
    } finally {
      await dispatcher.destroy();
    }
  }

  private buildHeaders(provider: ProviderEntity): Record<string, string> {
    const apiKey = this.providers.openApiKey(provider);
    return { ...this.router.getProfile(provider).buildHeaders({ apiKey }), 'accept-encoding': 'identity' };
  }
}

type Outcome = Omit<ProviderTestResult, 'durationMs'>;
type Steps = ProviderTestResult['steps'];

const SIMULATED: Outcome = {
  ok: true,
  steps: [{ step: 'connect', ok: true, detail: 'The provider is built in.' }],
  models: [],
};

function fail(before: Steps, step: ProviderTestStep, detail: string): Outcome {
  return { ok: false, steps: [...before, { step, ok: false, detail }], models: [] };
}

function describeAnswer(status: number, text: string): Outcome {
  const steps: Steps = [{ step: 'connect', ok: true, detail: `It answered ${status}.` }];
  if (status === 401 || status === 403) return fail(steps, 'authenticate', 'It refuses the credential.');
  if (status >= 300 && status < 400)
    return fail(steps, 'list-models', 'It redirects; the base URL is not its API.');
  if (status >= 500) return fail(steps, 'list-models', 'It is there, but fails.');
  if (status !== 404) steps.push({ step: 'authenticate', ok: true, detail: 'It accepts the credential.' });
  const models = parseModels(text);
  if (models !== null) {
    steps.push({ step: 'list-models', ok: true, detail: `It lists ${models.length} models.` });
    return { ok: true, steps, models: models.slice(0, MAX_MODELS) };
  }
  // Some compatible servers list nothing; that alone is no fault.
  if (status < 300 || status === 404) {
    steps.push({ step: 'list-models', ok: true, detail: 'It does not list its models.' });
    return { ok: true, steps, models: [] };
  }
  return fail(steps, 'list-models', `It refuses the question with ${status}.`);
}

function parseModels(text: string): string[] | null {
  try {
    const parsed = modelListSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.data.map(({ id }) => id) : null;
  } catch {
    // Not JSON: it lists nothing.
    return null;
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Without the address that a name stands for: that would map the gateway's network for a tenant. */
function describeFailure(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AddressRefusedError) return 'Its address may not be reached from here.';
  const code = (cause as { code?: unknown }).code;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'Its host name is not known.';
  if (code === 'ECONNREFUSED') return 'It refuses the connection.';
  if (typeof code === 'string' && /CERT|TLS|SSL/.test(code)) return `TLS fails: ${code}.`;
  const isTimeout =
    code === 'UND_ERR_CONNECT_TIMEOUT' || (error as { name?: unknown }).name === 'TimeoutError';
  return isTimeout ? 'It does not answer in time.' : 'The connection fails.';
}
