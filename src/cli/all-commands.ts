import type { Command } from './command.js';
import { adminCreate } from './commands/admin-create.js';
import { configApply, configPlan } from './commands/config.js';
import { doctor } from './commands/doctor.js';
import { keyCreate } from './commands/key-create.js';
import { migrate } from './commands/migrate.js';
import { rotateEncryptionKey } from './commands/rotate-encryption-key.js';

export const ALL_COMMANDS: readonly Command[] = [
  migrate,
  adminCreate,
  keyCreate,
  configPlan,
  configApply,
  rotateEncryptionKey,
  doctor,
];
