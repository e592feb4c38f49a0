import { BenchStack } from './bench-stack.ts';

/** Runs on a stack of its own and stops it, whatever happened. */
export async function withStack<Result>(
  root: string,
  run: (stack: BenchStack) => Promise<Result>,
): Promise<Result> {
  const stack = new BenchStack(root);
  try {
    return await run(stack);
  } finally {
    await stack.stop();
  }
}
