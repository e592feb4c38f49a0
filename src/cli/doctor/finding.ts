/** What a check found. `broken` makes the exit code 1; `warn` is worth a look; `skipped` could not be looked at. */
export interface Finding {
  status: 'ok' | 'warn' | 'broken' | 'skipped';
  /** What was looked at: `database`, `provider openai`. */
  subject: string;
  detail: string;
  /** What to do about it; null when there is nothing to do. */
  advice: string | null;
}

export function ok(subject: string, detail: string): Finding {
  return { status: 'ok', subject, detail, advice: null };
}

export function warn(subject: string, detail: string, advice: string): Finding {
  return { status: 'warn', subject, detail, advice };
}

export function broken(subject: string, detail: string, advice: string): Finding {
  return { status: 'broken', subject, detail, advice };
}

export function skipped(subject: string, detail: string): Finding {
  return { status: 'skipped', subject, detail, advice: null };
}

/** A check that fails itself is a finding like any other, and the next one runs. */
export async function guard(subject: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return [
      broken(
        subject,
        `could not be checked: ${detail}`,
        'Correct what the message names and run doctor again.',
      ),
    ];
  }
}

export function renderFinding({ status, subject, detail, advice }: Finding): string {
  const line = `${status.padEnd(7)} ${subject}: ${detail}`;
  return advice === null ? line : `${line}\n        ${advice}`;
}
