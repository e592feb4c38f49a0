import { LRUCache } from 'lru-cache';
import type { DetectorConfig } from '../../tenancy/config-snapshot.js';
import { compileDetector, renderDetectorKey } from './compile-detector.js';
import type { Detector } from './detector.port.js';

const MAX_DETECTORS = 2_000;

/**
 * Compiled detectors by what they look for: plans of many keys and models share them, and they outlive the snapshot, so
 * that a change elsewhere in the configuration costs no compilation.
 */
export class DetectorCache {
  private readonly byKey = new LRUCache<string, Detector>({ max: MAX_DETECTORS });
  /** Rendering the key of a long keyword list takes longer than everything else; a snapshot's rows are the same objects. */
  private readonly byConfig = new WeakMap<DetectorConfig, Detector>();

  /** @throws Error for a configuration that `detectorSchema` would have refused. */
  getDetector(config: DetectorConfig): Detector {
    const known = this.byConfig.get(config);
    if (known !== undefined) return known;
    const key = renderDetectorKey(config);
    const detector = this.byKey.get(key) ?? compileDetector(config);
    this.byKey.set(key, detector);
    this.byConfig.set(config, detector);
    return detector;
  }
}
