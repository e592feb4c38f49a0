import type { ModelEntity } from '../../storage/database/entities/model.entity.js';

type NamedModel = Pick<ModelEntity, 'owner' | 'name'>;

/** What a name can mean in a row of an owner. */
export class ModelNames {
  private readonly ownersByName = new Map<string, Set<string>>();

  constructor(models: Iterable<NamedModel>) {
    for (const { owner, name } of models) {
      const owners = this.ownersByName.get(name);
      if (owners === undefined) this.ownersByName.set(name, new Set([owner]));
      else owners.add(owner);
    }
  }

  /** A model of the owner or of the platform. */
  hasOwn(owner: string, name: string): boolean {
    const owners = this.ownersByName.get(name);
    return owners !== undefined && (owners.has('platform') || owners.has(owner));
  }

  /** A platform's row applies to every tenant, also to models of their own. */
  isVisible(owner: string, name: string): boolean {
    return owner === 'platform' ? this.ownersByName.has(name) : this.hasOwn(owner, name);
  }
}
