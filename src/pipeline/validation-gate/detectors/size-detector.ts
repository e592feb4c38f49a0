import type { SizeDetector as SizeDetectorPort } from '../detector.port.js';

/** Fires when all texts of a body together are longer than a bound. */
export class SizeDetector implements SizeDetectorPort {
  readonly kind = 'size' as const;

  constructor(private readonly maxCharacters: number) {}

  isExceededBy(characters: number): boolean {
    return characters > this.maxCharacters;
  }
}
