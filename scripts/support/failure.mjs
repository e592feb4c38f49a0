/** Something the person at the terminal can act on: shown as its message, without a stack. */
export class Failure extends Error {}

/** Runs a script's main function and turns what it throws into a message and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(error instanceof Failure ? `\n${error.message}\n` : `${error?.stack ?? error}\n`);
    process.exitCode = 1;
  }
}

export const say = (text) => process.stderr.write(`${text}\n`);
