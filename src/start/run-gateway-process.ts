import { flushCompileCache } from 'node:module';
import type { Gateway } from '../bootstrap.js';
import { PinoLogger } from '../common/pino-logger.js';
import type { LoadedConfig } from '../config/gateway-config.js';
import { ConfigError, loadConfig } from '../config/load-config.js';
import { describeStartFailure } from './describe-start-failure.js';
import { leaveOnFatalErrors } from './fatal-errors.js';
import { type Foundation, prepareFoundation } from './prepare-foundation.js';
import { releaseStartupMemory } from './release-startup-memory.js';
import { renderGreeting } from './render-greeting.js';
import { listenForStop, type StopRequest } from './stop-request.js';
import { tuneHeap } from './tune-heap.js';
import { Teardown } from './teardown.js';

type Environment = Readonly<Record<string, string | undefined>>;

interface Run {
  env: Environment;
  logger: PinoLogger;
  stop: StopRequest;
  teardown: Teardown;
}

const writeNotice = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * The life of the gateway's process: settings, foundation (embedded or given PostgreSQL), infrastructure, application; then
 * it serves until somebody wants it to end, and closes everything in reverse order.
 *
 * Exit code 0 after a signal, 1 when it could not start or could not go on, 130 or 143 after a second signal.
 */
export async function runGatewayProcess(env: Environment): Promise<void> {
  const loaded = readSettings(env);
  if (loaded === null) return;
  const logger = new PinoLogger(loaded.logLevel);
  const teardown = new Teardown((error) => logger.error(error, 'shutdown'));
  const run: Run = { env, logger, stop: listenForStop(), teardown };
  let exitCode = 1;
  try {
    await start(loaded, run);
    const reason = await run.stop.requested;
    logger.log(`Stopping: ${reason.text}`, 'gateway');
    exitCode = reason.exitCode;
  } catch (error) {
    // Being told to stop while starting is no failure, and what failed because of it is no news.
    if (run.stop.signal.aborted) exitCode = 0;
    else writeNotice(describeStartFailure(error, loaded));
  }
  await teardown.run();
  process.exit(exitCode);
}

function readSettings(env: Environment): LoadedConfig | null {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    writeNotice(describeStartFailure(error, null));
    process.exitCode = 1;
    return null;
  }
}

async function start(loaded: LoadedConfig, run: Run): Promise<void> {
  // Loading the application takes as long as starting the database; both go at once.
  const modules = loadApplication();
  modules.catch(() => undefined);
  const foundation = await prepareFoundation(loaded, { ...run, onNotice: writeNotice });
  run.stop.signal.throwIfAborted();
  const gateway = await startApplication(foundation, await modules, run);
  run.stop.signal.throwIfAborted();
  releaseStartupMemory();
  tuneHeap();
  greet(gateway, foundation, run.logger);
  // So that the next start is fast even if this process is killed.
  flushCompileCache();
}

async function loadApplication() {
  const [{ openInfrastructure }, { startGateway }] = await Promise.all([
    import('../open-infrastructure.js'),
    import('../bootstrap.js'),
  ]);
  return { openInfrastructure, startGateway };
}

async function startApplication(
  { config, databaseUrl, declarative }: Foundation,
  { openInfrastructure, startGateway }: Awaited<ReturnType<typeof loadApplication>>,
  { logger, stop, teardown }: Run,
): Promise<Gateway> {
  const infrastructure = await openInfrastructure({
    config,
    databaseUrl,
    encryptionKeys: config.encryptionKeys,
    declarative,
    onLockLost: () => stop.request({ text: 'another gateway process took over this database', exitCode: 1 }),
    onNotice: (text) => logger.warn(text, 'start'),
    signal: stop.signal,
  });
  teardown.add(() => infrastructure.close());
  const gateway = await startGateway(infrastructure.setup, logger);
  leaveOnFatalErrors(gateway, logger);
  teardown.add(() => gateway.stop());
  return gateway;
}

function greet({ url, adminUrl }: Gateway, { config, shown }: Foundation, logger: PinoLogger): void {
  logger.log({ msg: 'Ready', url, ...(config.adminPort === null ? {} : { adminUrl }) }, 'gateway');
  if (shown !== null) process.stdout.write(renderGreeting({ url, adminUrl, ...shown }));
}
