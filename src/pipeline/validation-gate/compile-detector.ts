import { assertUnreachable } from '../../common/assert-unreachable.js';
import type { DetectorConfig } from '../../tenancy/config-snapshot.js';
import type { Detector } from './detector.port.js';
import { EmailDetector } from './detectors/email-detector.js';
import { KeywordDetector } from './detectors/keyword-detector.js';
import { PaymentCardDetector } from './detectors/payment-card-detector.js';
import { RegexDetector } from './detectors/regex-detector.js';
import { SecretDetector } from './detectors/secret-detector.js';
import { SizeDetector } from './detectors/size-detector.js';

/** @throws Error for a configuration that `detectorSchema` would have refused. */
export function compileDetector(config: DetectorConfig): Detector {
  switch (config.type) {
    case 'keyword':
      return new KeywordDetector(config.keywords, config.wholeWord ?? false);
    case 'regex':
      return new RegexDetector({
        pattern: config.pattern,
        isCaseInsensitive: config.caseInsensitive ?? false,
      });
    case 'email':
      return new EmailDetector();
    case 'payment-card':
      return new PaymentCardDetector();
    case 'secret':
      return new SecretDetector();
    case 'size':
      return new SizeDetector(config.maxCharacters);
    default:
      return assertUnreachable(config);
  }
}

/** Equal for detectors that find the same, whichever policy they stand in and however grave that policy takes it. */
export function renderDetectorKey(config: DetectorConfig): string {
  return JSON.stringify({ ...config, id: null, severity: null });
}
