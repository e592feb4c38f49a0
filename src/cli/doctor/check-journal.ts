import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createId } from '../../common/ids.js';
import type { GatewayConfig } from '../../config/gateway-config.js';
import { broken, type Finding, ok } from './finding.js';

/** Usage goes there while PostgreSQL is away; what cannot be written there would be lost. */
export async function checkJournal({ dataDir }: Pick<GatewayConfig, 'dataDir'>): Promise<Finding[]> {
  const directory = join(dataDir, 'journal');
  try {
    await mkdir(directory, { recursive: true });
    const probe = join(directory, `.probe-${createId()}`);
    await writeFile(probe, 'probe', { mode: 0o600 });
    await rm(probe);
    return [ok('journal', `${directory} can be written`)];
  } catch (error) {
    const detail = `${directory} cannot be written: ${(error as NodeJS.ErrnoException).code}`;
    return [
      broken('journal', detail, 'Set DATA_DIR to a folder that the gateway may write, on a lasting disk.'),
    ];
  }
}
