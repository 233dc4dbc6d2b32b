import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineAddress } from '../ecs/address.ts';
import { identityOf, isRunning } from '../process/identity.ts';
import { shortPauses } from '../process/short-pauses.ts';
import { Refusal } from '../refusal.ts';
import type { Home } from './home.ts';
import { packageRoot, program, version } from './package.ts';

/** What the engine says of itself in `engine.json`. */
interface EngineFile {
  readonly pid: number;
  readonly startTime: string;
  readonly version: string;
  readonly endpoint: string;
  readonly region: string;
}

export type LocalEngine = Extract<EngineAddress, { kind: 'embedded' }>;

/** What does not start says so at once; this is for a machine that is busy. */
const startWithin = 60_000;

/** The engine that runs on this machine; null when none does. One of another version is refused. */
export function findEngine(home: Home): LocalEngine | null {
  const file = readJson(join(home.engine, 'engine.json'));
  if (!isEngineFile(file) || !isRunning(file)) return null;
  if (file.version !== version()) throw otherVersion(file);
  const credentials = readJson(join(home.engine, 'credentials.json'));
  if (!isCredentials(credentials)) return null;
  return { kind: 'embedded', endpoint: file.endpoint, region: file.region, credentials };
}

/**
 * The engine that runs on this machine, started again where it was lost (killed together with its balancer, or by a
 * reboot): its tasks and stores need it. Null when none was started, or the last one was taken down.
 */
export async function restoreEngine(home: Home): Promise<LocalEngine | null> {
  return findEngine(home) ?? (wasLost(home) ? ensureEngine(home) : null);
}

function wasLost(home: Home): boolean {
  const stopping = readJson(join(home.engine, 'stopping'));
  const takenDown =
    typeof stopping === 'object' && stopping !== null && 'what' in stopping && stopping.what === 'all';
  return isEngineFile(readJson(join(home.engine, 'engine.json'))) && !takenDown;
}

/** The engine of this machine, started when it does not run. */
export async function ensureEngine(home: Home): Promise<LocalEngine> {
  const running = findEngine(home);
  if (running) return running;
  mkdirSync(home.engine, { recursive: true, mode: 0o700 });
  const log = openSync(join(home.engine, 'start.log'), 'w', 0o600);
  const child = spawn(process.execPath, engineCommand(home), {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  child.unref();
  const deadline = Date.now() + startWithin;
  let exitCode: number | null = null;
  child.on('exit', (code) => (exitCode = code ?? 1));
  child.on('error', () => (exitCode = 1));
  for (;;) {
    const engine = findEngine(home);
    if (engine) return engine;
    // 0: another one was faster, and is about to be ready.
    if ((exitCode !== null && exitCode !== 0) || Date.now() > deadline) throw notStarted(home);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** Ends the engine and everything it runs, in order; the stores' data stays. */
export async function stopEngine(home: Home): Promise<boolean> {
  if (findEngine(home) === null && !wasLost(home)) return false;
  const child = spawn(process.execPath, [...engineCommand(home), '--stop-all'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: '/',
  });
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('exit', resolve),
  );
  if (code !== 0)
    throw new Error(
      `stopping the engine ended with ${code ?? 'a signal'}; see ${join(home.engine, 'engine.log')}`,
    );
  return true;
}

function engineCommand(home: Home): string[] {
  return [
    '--disable-warning=ExperimentalWarning',
    program('engine'),
    '--state',
    home.engine,
    '--image-store',
    home.images,
    '--packages',
    packageRoot,
    '--balancer-command',
    JSON.stringify([process.execPath, ...shortPauses, program('balancer')]),
    ...engineOptions(process.env),
  ];
}

/** Options of a rehearsal or a test, passed on as they are: `--minute-ms 500`. */
function engineOptions(env: NodeJS.ProcessEnv): string[] {
  return (env['FAIRWAY_ENGINE_OPTIONS'] ?? '').split(' ').filter((word) => word !== '');
}

function otherVersion({ version: found, pid }: EngineFile): Refusal {
  return new Refusal({
    code: 'engine-version',
    what: `the engine that runs is of version ${found}; this is ${version()}`,
    where: `process ${pid}`,
    why: 'an engine and a deployer of different versions may understand each other wrongly',
    next: `use Fairway ${found}, or stop that engine with its own \`fairway down --all\` and go on with this version`,
  });
}

function notStarted(home: Home): Refusal {
  const said = readText(join(home.engine, 'start.log')).trim();
  return new Refusal({
    code: 'engine-not-started',
    what: 'the embedded engine did not start',
    where: join(home.engine, 'engine.log'),
    why:
      said === ''
        ? `it was not ready within ${startWithin / 1000} s`
        : said.split('\n').slice(-15).join('\n'),
    next: 'mend what it says, and run the command again',
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file));
  } catch {
    return null;
  }
}

function isEngineFile(value: unknown): value is EngineFile {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'pid' in value &&
    typeof value.pid === 'number' &&
    'startTime' in value &&
    typeof value.startTime === 'string' &&
    'version' in value &&
    typeof value.version === 'string' &&
    'endpoint' in value &&
    typeof value.endpoint === 'string' &&
    'region' in value &&
    typeof value.region === 'string'
  );
}

function isCredentials(value: unknown): value is LocalEngine['credentials'] {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'accessKeyId' in value &&
    typeof value.accessKeyId === 'string' &&
    'secretAccessKey' in value &&
    typeof value.secretAccessKey === 'string'
  );
}

export function ownStartTime(): string {
  return identityOf(process.pid)?.startTime ?? '';
}
