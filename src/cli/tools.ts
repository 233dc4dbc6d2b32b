import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import type { Environment } from '../app/environment.ts';
import type { Platform, Tools } from '../deployment/context.ts';
import type { Progress } from '../deployment/progress.ts';
import type { EngineAddress } from '../ecs/address.ts';
import { connect, type Clients } from '../ecs/clients.ts';
import { readHandedOver } from '../ecs/handed-over.ts';
import { bootstrap, routeUsers, settle, settleScaling } from '../ecs/platform/bootstrap.ts';
import { forgetRestorePoint } from '../ecs/platform/restore-point.ts';
import { restore } from '../ecs/platform/restore.ts';
import type { Bootstrap } from '../ecs/platform/job.ts';
import { readRegistry } from '../ecs/platform/registry.ts';
import { everKept } from '../ecs/platform/values.ts';
import { isTaskService } from '../ecs/task-definition.ts';
import { pidSpace } from '../process/identity.ts';
import { Refusal, type Problem } from '../refusal.ts';
import { openRegistry } from '../release/registry/open.ts';
import type { Home } from './home.ts';
import { openJournal } from './journal.ts';
import { ensureEngine, findEngine, ownStartTime, restoreEngine } from './local-engine.ts';
import { version } from './package.ts';

export interface Wiring {
  readonly home: Home;
  readonly report: (progress: Progress) => void;
  readonly interrupted: AbortSignal;
}

/** Wires the jobs to this machine: the engine, the journal, the clock. */
export async function assemble(environment: Environment, wiring: Wiring): Promise<Tools> {
  const clients = await connectTo(environment, wiring.home);
  const dotenv = await readDotenv(environment.root);
  return {
    clients,
    journal: await openJournal(environment, wiring.home),
    clock: Date.now,
    pause: (milliseconds) => pause(milliseconds),
    newId: () => deploymentId(new Date(), randomBytes(1).toString('hex')),
    report: wiring.report,
    who: `${userName()}@${hostname()}`,
    interrupted: wiring.interrupted,
    version: version(),
    host: hostOf(),
    platform: environment.engine.kind === 'embedded' ? platformOf(clients, dotenv) : platformOnAws(clients),
    imageStore: wiring.home.images,
    buildMemory: join(wiring.home.builds, environment.app),
    registry: openRegistry({ env: process.env, pause: (milliseconds) => pause(milliseconds) }),
    secrets: await secretsOf(environment, clients),
  };
}

export async function connectTo(environment: Environment, home: Home): Promise<Clients> {
  const { engine } = environment;
  return connect(
    engine.kind === 'embedded' ? await ensureEngine(home) : { kind: 'aws', region: engine.region },
  );
}

/** Where what runs can be asked for; null where no engine runs on this machine. */
export async function findEngineOf(
  { engine }: Pick<Environment, 'engine'>,
  home: Home,
): Promise<EngineAddress | null> {
  return engine.kind === 'embedded' ? restoreEngine(home) : { kind: 'aws', region: engine.region };
}

/** The same, without starting one again that was lost. */
export function runningEngineOf({ engine }: Pick<Environment, 'engine'>, home: Home): EngineAddress | null {
  return engine.kind === 'embedded' ? findEngine(home) : { kind: 'aws', region: engine.region };
}

function hostOf(): Tools['host'] {
  const space = pidSpace();
  const host = { name: hostname(), pid: process.pid, startTime: ownStartTime() };
  return space === null ? host : { ...host, pidSpace: space };
}

/** Sorts by time, to the millisecond; short enough to type. */
export function deploymentId(at: Date, suffix: string): string {
  const [day = '', time = '', milliseconds = ''] = at.toISOString().split(/[T.Z]/);
  return `${day.replaceAll('-', '')}-${time.replaceAll(':', '')}-${milliseconds}${suffix}`;
}

/** Terraform's, but for what changes with a release: who scales, and how. */
function platformOnAws(clients: Clients): Platform {
  return {
    prepare: (environment) => readHandedOver(clients, environment),
    // The rest of it is as it was handed over, before a deployment and after.
    routeUsers: () => Promise.resolve(),
    inspect: async (environment, handovers) => {
      const { refuseUnready } = await import('../ecs/preflight/preflight.ts');
      const services = environment.services.filter(isTaskService).flatMap((service) => {
        const handover = handovers.get(service.name);
        return handover === undefined ? [] : [{ service, handover }];
      });
      const unchecked = await refuseUnready({ clients, environment, services });
      return unchecked.map(({ what, why }) => `could not look ${what}: ${why}`);
    },
    settle: (environment) => settleScaling(clients, environment),
    restore: () => Promise.resolve(),
    leave: () => Promise.resolve(),
  };
}

function platformOf(clients: Clients, dotenv: Readonly<Record<string, string>>): Platform {
  return {
    prepare: (environment) => on(bootstrap, environment),
    routeUsers: (environment) => on(routeUsers, environment),
    // It has just been made.
    inspect: () => Promise.resolve([]),
    settle: (environment) => on(settle, environment),
    restore: (environment) => restore(clients, environment),
    leave: (environment) => forgetRestorePoint(clients, environment),
  };

  async function on<Result>(
    work: (clients: Clients, job: Bootstrap) => Promise<Result>,
    environment: Environment,
  ): Promise<Result> {
    if (environment.engine.kind !== 'embedded') throw new Error('a platform on AWS is not made here');
    const { port, testPort } = environment.engine;
    const job: Bootstrap = {
      environment,
      ports: { production: port, test: testPort },
      dotenv,
      registry: await readRegistry(clients),
      freePort,
      newPassword: () => randomBytes(24).toString('base64url'),
      pause: (milliseconds) => pause(milliseconds),
      clock: Date.now,
    };
    return work(clients, job).catch((error: unknown) => {
      throw inTheDescription(error, environment.name, { public: port, test: testPort });
    });
  }
}

/** A platform knows that a port is taken; which key of the description chooses another is known here. */
export function inTheDescription(
  error: unknown,
  environment: string,
  ports: Readonly<Record<'public' | 'test', number>>,
): unknown {
  if (!(error instanceof Refusal)) return error;
  const [first, ...rest] = error.problems;
  const placed = (problem: Problem): Problem => {
    if (problem.code !== 'port-taken') return problem;
    const key = `environments.${environment}.ports.${problem.where?.endsWith(`:${ports.test}`) === true ? 'test' : 'public'}`;
    return {
      ...problem,
      next: `stop what listens there, or set \`${key}\` in fairway.config.ts to a free port`,
    };
  };
  return new Refusal([placed(first), ...rest.map(placed)], { cause: error });
}

/** Values that are never shown, on this machine: those of `.env`, and those that were ever kept. */
export async function secretsOf(
  environment: Pick<Environment, 'app' | 'name' | 'root'>,
  clients: Clients,
): Promise<readonly string[]> {
  const [dotenv, kept] = await Promise.all([
    readDotenv(environment.root),
    // On AWS the values stay there: the tasks read them, and nobody else.
    clients.address.kind === 'embedded' ? everKept(clients, environment) : [],
  ]);
  const values = [...Object.values(dotenv), ...kept];
  // An app tells its lines one by one.
  const told = new Set(values.flatMap((value) => [value, ...value.split(/\r?\n/)]));
  return [...told].filter((value) => value.length >= 6);
}

export async function readDotenv(root: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(root, '.env'), 'utf8').catch(() => '');
  const entries = Object.entries(parseEnv(text)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
