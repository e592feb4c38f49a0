import type { Command } from '../command.js';
import { examine } from '../doctor/examine.js';
import { type Finding, renderFinding } from '../doctor/finding.js';
import { withDatabase } from '../open-database.js';

export const doctor: Command = {
  name: 'doctor',
  summary:
    'looks at everything the gateway stands on and says what to do; exit code 1 when something is broken',
  usage: '',
  options: {},
  positionals: [],
  async run(invocation) {
    const findings: Finding[] = await withDatabase(invocation, examine);
    for (const finding of findings) invocation.terminal.print(renderFinding(finding));
    const count = findings.filter(({ status }) => status === 'broken').length;
    invocation.terminal.print(count === 0 ? 'Nothing is broken.' : `${count} broken.`);
    return count === 0 ? 0 : 1;
  },
};
