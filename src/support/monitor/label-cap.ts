const OVERFLOW = 'other';

/** Names of models and of providers that metrics tell apart. */
export const MAX_MODEL_LABELS = 200;
export const MAX_PROVIDER_LABELS = 200;

/** Lets the first `max` names through as label values and calls the others `other`, so that series cannot grow for ever. */
export class LabelCap {
  private readonly names = new Set<string>();

  constructor(private readonly max: number) {}

  cap(name: string): string {
    if (this.names.has(name)) return name;
    if (this.names.size >= this.max) return OVERFLOW;
    this.names.add(name);
    return name;
  }
}
