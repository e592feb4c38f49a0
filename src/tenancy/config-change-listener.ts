import { Injectable, Logger } from '@nestjs/common';
import { ImpatientClient, KEEPALIVE } from '../storage/database/impatient-client.js';
import { ConfigStore } from './config-store.js';

const POLL_INTERVAL_MS = 500;
const RECONNECT_DELAY_MS = 1_000;
/** Of a connection that is being made or asked whether it lives. */
const SILENCE_MS = 2_000;
const HEARTBEAT_INTERVAL_MS = 15_000;

/**
 * Keeps the configuration of this process fresh: NOTIFY makes a change visible at once, the poll within half a second
 * when the notification connection is cut or frozen, or a pooler stands in between. A frozen one says nothing, so it is
 * asked now and then, and replaced when it does not answer. Never throws; failures show in readiness.
 */
@Injectable()
export class ConfigChangeListener {
  private readonly logger = new Logger(ConfigChangeListener.name);
  private client: ImpatientClient | null = null;
  private pollTimer: NodeJS.Timeout | null = null;
  private heartbeatTimer: NodeJS.Timeout | null = null;
  private reconnectTimer: NodeJS.Timeout | null = null;
  private stopped = false;
  private failing = false;

  constructor(private readonly store: ConfigStore) {}

  start(databaseUrl: string): void {
    this.pollTimer = setInterval(() => void this.refresh(), POLL_INTERVAL_MS);
    this.pollTimer.unref();
    this.heartbeatTimer = setInterval(() => void this.checkConnection(), HEARTBEAT_INTERVAL_MS);
    this.heartbeatTimer.unref();
    void this.connect(databaseUrl);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.pollTimer) clearInterval(this.pollTimer);
    if (this.heartbeatTimer) clearInterval(this.heartbeatTimer);
    if (this.reconnectTimer) clearTimeout(this.reconnectTimer);
    await this.client?.end().catch(() => undefined);
  }

  /** Whether notifications arrive at the moment; the poll works either way. */
  get isListening(): boolean {
    return this.client !== null;
  }

  private async connect(databaseUrl: string): Promise<void> {
    const client = new ImpatientClient(
      {
        connectionString: databaseUrl,
        application_name: 'tokenpak-listener',
        connectionTimeoutMillis: SILENCE_MS,
        ...KEEPALIVE,
      },
      { silenceMs: SILENCE_MS, peers: new Set() },
    );
    const reconnect = () => this.scheduleReconnect(client, databaseUrl);
    client.on('error', reconnect);
    client.on('end', reconnect);
    client.on('notification', () => void this.refresh());
    try {
      await client.connect();
      await client.query('LISTEN tokenpak_config');
      this.client = client;
      await this.refresh();
    } catch {
      reconnect();
    }
  }

  /** A silent connection ends by itself, and `end` makes a new one. */
  private async checkConnection(): Promise<void> {
    await this.client?.query('SELECT 1').catch(() => undefined);
  }

  private scheduleReconnect(lost: ImpatientClient, databaseUrl: string): void {
    if (this.client === lost) this.client = null;
    lost.removeAllListeners('end');
    void lost.end().catch(() => undefined);
    if (this.stopped || this.reconnectTimer) return;
    this.reconnectTimer = setTimeout(() => {
      this.reconnectTimer = null;
      void this.connect(databaseUrl);
    }, RECONNECT_DELAY_MS);
    this.reconnectTimer.unref();
  }

  private async refresh(): Promise<void> {
    try {
      await this.store.refresh();
      if (this.failing) this.logger.log('Configuration is fresh again');
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.logger.warn(`Configuration cannot be refreshed: ${(error as Error).message}`);
      this.failing = true;
    }
  }
}
