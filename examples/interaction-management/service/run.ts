import { createLog, type Log } from './log.ts';
import { SettingsError, SettingsReader } from './settings.ts';
import { appVersion } from './version.ts';

/** What a service returns once it works: how to end it. Rejecting makes the process exit with 1. */
export type Stop = () => Promise<void>;

export interface ServiceContext {
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly log: Log;
}

/**
 * The life of every service process: start, work until SIGTERM or SIGINT, finish what is in hand, exit 0.
 * Whatever goes wrong is one log line and exit code 1.
 */
export async function runService(
  name: string,
  start: (context: ServiceContext) => Promise<Stop>,
): Promise<void> {
  const { env } = process;
  const version = appVersion(env);
  const settings = new SettingsReader(env);
  const log = createLog({
    service: name,
    version,
    level: settings.logLevel(),
    write: (line) => process.stdout.write(line),
    now: () => new Date(),
  });
  // Lets the last line reach a pipe before the process ends.
  const exit = (code: number) => process.stdout.write('', () => process.exit(code));
  const fail = (event: string, error: unknown) => {
    log.error(event, error);
    exit(1);
  };
  process.on('uncaughtException', (error) => fail('crashed', error));

  try {
    settings.finish();
    const asked = nextStopSignal();
    log.info('starting', { environment: env['APP_ENV'], pid: process.pid });
    const stop = await start({ env, version, log });
    const signal = await asked;
    log.info('stopping', { signal });
    await stop();
    log.info('stopped');
    exit(0);
  } catch (error) {
    if (error instanceof SettingsError) {
      for (const problem of error.problems) log.error('setting.invalid', problem);
    }
    fail('failed', error);
  }
}

function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

/** How long work in hand may take after SIGTERM; the platform's own patience must be longer (30 s on ECS). */
export function stopGrace(env: NodeJS.ProcessEnv): number {
  const settings = new SettingsReader(env);
  const seconds = settings.integer('STOP_GRACE_SECONDS', 25, 1, 3_600);
  settings.finish();
  return seconds * 1000;
}
