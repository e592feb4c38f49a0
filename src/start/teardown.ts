/** What was opened, closed in reverse order. One that fails does not keep the others open. */
export class Teardown {
  private readonly steps: (() => Promise<void> | void)[] = [];

  constructor(private readonly onError: (error: unknown) => void) {}

  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        this.onError(error);
      }
    }
  }
}
