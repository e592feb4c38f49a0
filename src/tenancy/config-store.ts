import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../common/clock.port.js';
import type { Owner, TenantId } from '../common/ids.js';
import type { ConfigSnapshot, ModelConfig } from './config-snapshot.js';
import { type ConfigChange, ConfigSnapshotRepository } from './config-snapshot.repository.js';
import { KeyDirectory } from './key-directory.js';

type SnapshotListener = (snapshot: ConfigSnapshot) => void;

/**
 * The configuration that this process decides by: one immutable snapshot, swapped whole.
 *
 * 1. `load` reads everything once; until then `current` throws and the process is not ready.
 * 2. `refresh` reads the version; when it moved, the feed says which keys changed (applied one by one) and whether
 *    anything else did (then a new snapshot is read). Calls while one runs are merged into one more run, so that rapid
 *    changes end in the newest state.
 * 3. The feed is pruned; a process that was away for so long that it misses changes reads everything anew.
 * 4. PostgreSQL down: the last snapshot stays; `lastCheckedAtMs` says how old the knowledge is.
 * 5. PostgreSQL frozen: its connection gives up after 2 s without a word (see LOOKUP_DATA_SOURCE), so that a refresh always
 *    ends, and the next poll starts anew on another connection.
 */
@Injectable()
export class ConfigStore {
  private snapshot: ConfigSnapshot | null = null;
  private appliedVersion = 0;
  private lastCheckMs: number | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private modelsByOwner = new Map<Owner, Map<string, ModelConfig>>();
  private readonly listeners: SnapshotListener[] = [];

  constructor(
    private readonly repository: ConfigSnapshotRepository,
    private readonly keys: KeyDirectory,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws before the first load. */
  current(): ConfigSnapshot {
    if (this.snapshot === null) throw new Error('Configuration was not loaded yet');
    return this.snapshot;
  }

  /** A tenant's own model hides the platform's of the same name; null where neither exists. */
  findModel(tenantId: TenantId, name: string): ModelConfig | null {
    return (
      this.modelsByOwner.get(tenantId)?.get(name) ?? this.modelsByOwner.get('platform')?.get(name) ?? null
    );
  }

  /** What a tenant sees: the platform's models and its own, by name. */
  listModels(tenantId: TenantId): ModelConfig[] {
    const visible = new Map([
      ...(this.modelsByOwner.get('platform') ?? []),
      ...(this.modelsByOwner.get(tenantId) ?? []),
    ]);
    return [...visible.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get isLoaded(): boolean {
    return this.snapshot !== null;
  }

  /** When the database last confirmed the version, epoch milliseconds. */
  get lastCheckedAtMs(): number | null {
    return this.lastCheckMs;
  }

  /** Called with every new snapshot, in order; at once when one is loaded already. */
  onSnapshot(listener: SnapshotListener): void {
    this.listeners.push(listener);
    if (this.snapshot !== null) listener(this.snapshot);
  }

  async load(): Promise<void> {
    this.swap(await this.repository.loadSnapshot());
    this.lastCheckMs = this.clock.nowMs();
  }

  /** Brings this process up to the database's version. @throws when PostgreSQL does not answer. */
  refresh(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.again = false;
    this.running = this.refreshUntilSettled().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async refreshUntilSettled(): Promise<void> {
    do await this.refreshOnce();
    while (this.takeAgain());
  }

  /** Whether somebody asked again while a refresh ran. */
  private takeAgain(): boolean {
    const { again } = this;
    this.again = false;
    return again;
  }

  private async refreshOnce(): Promise<void> {
    const version = await this.repository.getVersion();
    this.lastCheckMs = this.clock.nowMs();
    if (version === this.appliedVersion) return;
    const changes = await this.repository.listChangesSince(this.appliedVersion);
    if (!isGapless(changes, this.appliedVersion)) {
      await this.reload();
      return;
    }
    const keyIds = new Set(
      changes.filter((change) => change.kind === 'key').map((change) => change.entityId),
    );
    if (keyIds.size > 0) await this.keys.refresh([...keyIds]);
    if (changes.some((change) => change.kind !== 'key')) {
      this.swap(await this.repository.loadSnapshot());
    }
    // The snapshot may be newer than the keys just applied; those between the two come with the next run.
    this.appliedVersion = changes.reduce((newest, change) => Math.max(newest, change.version), version);
  }

  /** First the snapshot, then the keys: what is looked up after that is at least as new as the version that counts from now. */
  private async reload(): Promise<void> {
    const snapshot = await this.repository.loadSnapshot();
    this.swap(snapshot);
    this.keys.forgetAll();
    this.appliedVersion = snapshot.version;
  }

  private swap(snapshot: ConfigSnapshot): void {
    if (this.snapshot === null) this.appliedVersion = snapshot.version;
    this.snapshot = snapshot;
    this.modelsByOwner = indexModels(snapshot.models);
    for (const listener of this.listeners) listener(snapshot);
  }
}

/**
 * Whether these are all changes since the version: each version has one or more. None at all though the version moved: the
 * feed was pruned, or the database is one that was restored.
 */
function isGapless(changes: readonly ConfigChange[], appliedVersion: number): boolean {
  let last = appliedVersion;
  for (const { version } of changes) {
    if (version > last + 1) return false;
    last = version;
  }
  return last > appliedVersion;
}

function indexModels(models: readonly ModelConfig[]): Map<Owner, Map<string, ModelConfig>> {
  const index = new Map<Owner, Map<string, ModelConfig>>();
  for (const model of models) {
    const names = index.get(model.owner) ?? new Map<string, ModelConfig>();
    index.set(model.owner, names.set(model.name, model));
  }
  return index;
}
