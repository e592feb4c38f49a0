import { Agent, request } from 'undici';
import { createGuardedConnector } from '../provider-router/connect-guard.js';

export interface AlertWebhookOptions {
  allowPrivateAddresses: boolean;
  /** Hears what was given up. The URL may hold a secret and is not part of it. */
  onGivenUp(cause: unknown): void;
  /** Milliseconds before each repetition. */
  retryDelaysMs?: readonly number[];
}

interface Delivery {
  url: string;
  body: string;
}

const TIMEOUT_MS = 5_000;
const RETRY_DELAYS_MS = [1_000, 5_000, 25_000];
const MAX_WAITING = 100;
const MAX_RUNNING = 4;

/**
 * POSTs alerts in the background. Addresses are guarded like those of providers, redirects are not followed, answers are
 * not read; what fails is repeated three times. Bounded: 100 deliveries, more are given up.
 */
export class AlertWebhook {
  private readonly agent: Agent;
  private readonly waiting: Delivery[] = [];
  private running = 0;

  constructor(private readonly options: AlertWebhookOptions) {
    const { allowPrivateAddresses } = options;
    this.agent = new Agent({
      connect: createGuardedConnector({ allowPrivateAddresses, connectTimeoutMs: TIMEOUT_MS }),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      pipelining: 0,
    });
  }

  send(url: string, payload: unknown): void {
    if (!isWebUrl(url))
      this.options.onGivenUp(new Error('The webhook is not an http(s) URL without credentials'));
    else if (this.waiting.length + this.running >= MAX_WAITING)
      this.options.onGivenUp(new Error('Too many alerts wait'));
    else {
      this.waiting.push({ url, body: JSON.stringify(payload) });
      this.startNext();
    }
  }

  close(): Promise<void> {
    this.waiting.length = 0;
    return this.agent.destroy();
  }

  private startNext(): void {
    if (this.running >= MAX_RUNNING) return;
    const delivery = this.waiting.shift();
    if (delivery === undefined) return;
    this.running += 1;
    void this.deliver(delivery).finally(() => {
      this.running -= 1;
      this.startNext();
    });
  }

  private async deliver(delivery: Delivery): Promise<void> {
    let lastCause: unknown;
    for (const delayMs of [0, ...(this.options.retryDelaysMs ?? RETRY_DELAYS_MS)]) {
      if (delayMs > 0) await pause(delayMs);
      try {
        await this.post(delivery);
        return;
      } catch (cause) {
        lastCause = cause;
      }
    }
    this.options.onGivenUp(lastCause);
  }

  /** @throws unless the receiver accepted it. */
  private async post({ url, body }: Delivery): Promise<void> {
    const { statusCode, body: answer } = await request(url, {
      dispatcher: this.agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'tokenpak-gateway' },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // Nobody wants to know what else it says; that the rest was not read is no failure.
    answer.on('error', () => undefined).destroy();
    if (statusCode >= 300) throw new Error(`The webhook answered ${statusCode}`);
  }
}

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return false;
  return url.username === '' && url.password === '';
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
