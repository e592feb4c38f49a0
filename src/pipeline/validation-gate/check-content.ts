import type { BodyText, BodyTexts, TextPlace, TextVisitor } from './collect-texts.js';
import type { ScanPlan } from './compile-policies.js';
import { ScannedText } from './scan-text.js';

/** Texts that are read as one: a single one, or the neighbouring parts of a message. */
export type TextRun = readonly BodyText[];

/** What the detectors found in a body; per detector of the plan, by index. */
export interface ContentFindings {
  /** Matches; where parts are read as one, those of the reading that has more. */
  counts: readonly number[];
  /** Something was found in a member name, where it cannot be replaced. */
  inNames: readonly boolean[];
  /** Where something was found that a rule redacts. */
  redactable: readonly TextRun[];
}

/** One pass over all texts, each distinct detector once. Takes time linear in the body. */
export function checkContent(plan: ScanPlan, texts: BodyTexts): ContentFindings {
  const check = new ContentCheck(plan, texts.hidesNothing);
  texts.accept(check);
  return check.finish();
}

class ContentCheck implements TextVisitor {
  private readonly counts: number[];
  private readonly inNames: boolean[];
  private readonly redactable: TextRun[] = [];
  private characters = 0;

  constructor(
    private readonly plan: ScanPlan,
    private readonly hidesNothing: boolean,
  ) {
    this.counts = plan.detectors.map(() => 0);
    this.inNames = plan.detectors.map(() => false);
  }

  visitText(text: string, place: TextPlace): void {
    this.characters += text.length;
    if (this.scan([text])) this.redactable.push([{ path: place.getPath(), text, isSealed: place.isSealed }]);
  }

  visitParts(parts: readonly BodyText[]): void {
    const texts = parts.map(({ text }) => text);
    for (const text of texts) this.characters += text.length;
    if (this.scan(texts)) this.redactable.push(parts);
  }

  visitName(name: string): void {
    const scanned = this.read(name);
    this.plan.detectors.forEach((detector, index) => {
      const count = detector.kind === 'size' ? 0 : scanned.countMatches(detector);
      if (count > 0) this.inNames[index] = true;
      this.addCount(index, count);
    });
  }

  finish(): ContentFindings {
    this.plan.detectors.forEach((detector, index) => {
      if (detector.kind === 'size' && detector.isExceededBy(this.characters)) this.addCount(index, 1);
    });
    return { counts: this.counts, inNames: this.inNames, redactable: this.redactable };
  }

  /** Returns whether something was found that a rule redacts. */
  private scan(texts: readonly string[]): boolean {
    const parts = texts.map((text) => this.read(text));
    // An escape may begin in one part and end in the next.
    const whole = texts.length === 1 ? null : new ScannedText(texts.join(''));
    let isRedactable = false;
    const { detectors, redacts } = this.plan;
    for (let index = 0; index < detectors.length; index++) {
      const detector = detectors[index];
      if (detector === undefined || detector.kind === 'size') continue;
      let count = 0;
      for (const part of parts) count += part.countMatches(detector);
      if (whole !== null) count = Math.max(count, whole.countMatches(detector));
      if (count === 0) continue;
      this.addCount(index, count);
      isRedactable ||= redacts[index] === true;
    }
    return isRedactable;
  }

  private read(text: string): ScannedText {
    return new ScannedText(text, this.hidesNothing);
  }

  private addCount(index: number, count: number): void {
    this.counts[index] = (this.counts[index] ?? 0) + count;
  }
}
