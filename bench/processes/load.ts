import type { LoadPlan } from './load-plan.ts';
import { LoadRunner } from './load-runner.ts';

/** Runs the plans that the parent sends, one after the other, and answers each with its result. */
process.on('message', (plan: LoadPlan) => {
  new LoadRunner(plan).run().then(
    (result) => process.send?.({ type: 'result', result }),
    (error: unknown) => process.send?.({ type: 'failed', message: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
process.send?.({ type: 'ready', port: 0 });
