import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ownIdentity } from '../../process/identity.ts';
import { serveApi } from '../api/serve.ts';
import type { ServedApi, ServeOptions } from '../api/serve.ts';
import { Autoscaler } from '../autoscaling/autoscaler.ts';
import { cloudwatchReader } from '../autoscaling/cloudwatch-reader.ts';
import { BalancerClient } from '../balancer/control.ts';
import { alarmWatch } from '../cloudwatch/alarm-watch.ts';
import { Observer } from '../cloudwatch/observer.ts';
import { openTelemetry } from '../cloudwatch/telemetry.ts';
import type { AlarmWatch, Core } from '../core.ts';
import { imageStore } from '../images/store.ts';
import type { Account } from '../model/arn.ts';
import { randomIds } from '../model/ids.ts';
import { openTables } from '../model/tables.ts';
import type { Tables } from '../model/tables.ts';
import { operations } from '../operations.ts';
import { balancerConfig } from '../scheduler/balancer-config.ts';
import { BalancerLink } from '../scheduler/balancer-link.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { defaultSettings } from '../settings.ts';
import { openSession } from '../sts/session.ts';
import { openVault } from '../vault.ts';
import { openSqlite } from '../state/sqlite.ts';
import { State } from '../state/state.ts';
import { markStopping } from '../stopping.ts';
import { needOf } from '../stores/needs.ts';
import { installedNeo4j } from '../stores/neo4j/image.ts';
import { builtInPostgres } from '../stores/postgres/image.ts';
import { installedRedis } from '../stores/redis/image.ts';
import { builtInS3 } from '../stores/s3/image.ts';
import { portBook } from '../tasks/ports.ts';
import { createProcessRuntime, defaultLog } from '../tasks/process-runtime.ts';
import { runtimesByImage } from '../tasks/runtimes.ts';
import { addressFormat, engineVersion } from '../version.ts';
import type { Arguments } from './arguments.ts';
import { BalancerWatch } from './balancer-watch.ts';
import { credentialsOf, ownFile, readAddress, writeAddress } from './files.ts';
import type { EngineAddress } from './files.ts';
import type { Log } from './log.ts';

export interface EngineOptions {
  readonly given: Arguments;
  readonly log: Log;
  /** How the balancer is started. */
  readonly balancerCommand: readonly string[];
  /** The file of this program: others of the engine's lie beside it, and packages are looked for from there. */
  readonly program: string;
  /** Alarms that are not this engine's own. */
  readonly alarms?: AlarmWatch;
}

export interface Engine {
  readonly address: EngineAddress;
  /** Ends this engine alone: tasks and balancer run on. */
  leave(): Promise<void>;
  /** Stops services, tasks, stores, the balancer, and then this engine: nothing is left. */
  stopAll(): Promise<void>;
  /** Its folder is gone: stops every task at once, and this engine. The balancer leaves by itself. */
  abandon(): Promise<void>;
}

/** The folder is ours alone: mode 0700, made if missing. */
export function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/** Puts the parts together. Whoever calls it holds the folder's lock. Throws `StateFailure`. */
export async function startEngine({
  given,
  log,
  balancerCommand,
  program,
  alarms,
}: EngineOptions): Promise<Engine> {
  const folder = given.state;
  const clock = Date.now;
  const state = new State(openSqlite(ownFile(join(folder, 'state.db'))));
  const tables = openTables(state);
  const account = accountOf(state, tables, given.region);
  const store = given.imageStore ?? join(folder, 'images');
  const ports = portBook((below) => randomInt(below));
  const stores = join(folder, 'stores');
  const path = process.env['PATH'] ?? '/usr/bin:/bin';
  const processes = createProcessRuntime({
    folder: join(folder, 'runtime'),
    clock,
    ports,
    images: [
      builtInPostgres({ packagesFrom: given.packages ?? program, folder: stores, path }),
      installedRedis({ folder: stores, path }),
      installedNeo4j({ folder: stores, path }),
      builtInS3({ folder: stores, program }),
      imageStore({ folder: store, sealsFolder: join(folder, 'seals'), path }),
    ],
  });
  const containersFolder = join(folder, 'runtime', 'docker');
  const runtime = runtimesByImage({
    processes,
    containersFolder,
    advice: needOf,
    async containers() {
      const { openDockerRuntime } = await import('../docker/docker-runtime.ts');
      return openDockerRuntime({
        folder: containersFolder,
        clock,
        ports,
        log: defaultLog,
        relayCommand: [process.execPath, relayBeside(program)],
      });
    },
  });
  const { secondMs, minuteMs, assumptions } = given;
  const link: BalancerLink = new BalancerLink({
    folder,
    config: (version) => balancerConfig(tables, version, secondMs),
    defaultRule: (listener) =>
      tables.rules.in(listener).find((rule) => rule.priority === 'default')?.arn ?? null,
    changed: (group) => scheduler.heard(group),
    log,
  });
  const core: Core = {
    state,
    tables,
    account,
    ids: randomIds,
    settings: { ...defaultSettings, minuteMs, secondMs, assumptions, volumes: join(folder, 'volumes') },
    runtime,
    traffic: link,
    alarms: alarms ?? alarmWatch(tables),
    telemetry: openTelemetry(ownFile(join(folder, 'telemetry.db'))),
    vault: openVault(join(folder, 'parameters.key')),
  };
  const scheduler = new Scheduler({
    core,
    applied: link,
    clock,
    push: () => link.push(),
    log,
    closing: given.stopAll,
  });
  const balancers = new BalancerWatch(folder, balancerCommand, log);
  link.start();
  await scheduler.start();
  const observer = new Observer({ core, folder, clock, log });
  observer.start();
  const autoscaler = new Autoscaler({ core, reader: cloudwatchReader(core, clock), clock, log });
  autoscaler.start();
  const before = readAddress(folder);
  const api = await serve(core, given.port, before, { log, clock, credentials: credentialsOf(folder) });
  const address: EngineAddress = {
    ...ownIdentity(),
    format: addressFormat,
    version: engineVersion,
    endpoint: `http://127.0.0.1:${api.port}`,
    region: account.region,
    accountId: account.accountId,
    imageStore: store,
  };
  writeAddress(folder, address);
  api.warmUp().catch((failure: unknown) => log('bug', { reason: String(failure) }));
  log('engine.ready', { pid: address.pid, endpoint: address.endpoint, version: engineVersion });

  const end = async (): Promise<void> => {
    await api.close();
    autoscaler.stop();
    observer.stop();
    scheduler.stop();
    balancers.stop();
    link.stop();
    runtime.close();
    core.telemetry.close();
    state.close();
  };
  return {
    address,
    async leave() {
      markStopping(folder, 'engine');
      await end();
      log('engine.left', {});
    },
    async stopAll() {
      markStopping(folder, 'all');
      await scheduler.closeAll();
      balancers.stop();
      await link.stopBalancer(balancerGraceMs);
      // One that is just being started cannot be told that way.
      balancers.endStarted();
      await gone(() => !balancers.startedRuns() && BalancerClient.ofState(folder) === null, balancerGraceMs);
      await end();
      log('engine.stopped', {});
    },
    async abandon() {
      balancers.stop();
      scheduler.stop();
      const tasks = [...tables.tasks.all()];
      const containers = tasks.flatMap((task) => task.containers);
      const left = containers.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
      await Promise.allSettled(left.map(async ({ runtimeId }) => runtime.stop(runtimeId)));
      await Promise.allSettled(tasks.map(async ({ id }) => runtime.release(id)));
      balancers.endStarted();
      await end();
    },
  };
}

/** Under the name that it has there. */
function relayBeside(program: string): string {
  return join(program, '..', program.endsWith('.ts') ? 'docker/relay/main.ts' : 'relay.js');
}

/** How long requests that the balancer holds may take when everything is stopped. */
const balancerGraceMs = 5000;

async function gone(isGone: () => boolean, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs + 1000;
  while (!isGone() && performance.now() < until) {
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

/** Region and account are part of every ARN, so they are fixed when the state is made. */
function accountOf(state: State, tables: Tables, region: string | null): Account {
  const known = tables.identity.get('region');
  if (known !== undefined)
    return { region: known, accountId: tables.identity.get('account') ?? defaultAccount };
  state.transaction(() => {
    tables.identity.put('region', region ?? 'us-east-1');
    tables.identity.put('account', defaultAccount);
  });
  return { region: region ?? 'us-east-1', accountId: defaultAccount };
}

/** Nobody's account: AWS gives out none that begins with four zeros followed by zeros. */
const defaultAccount = '000000000000';

type Serving = Pick<ServeOptions, 'clock' | 'credentials'> & { readonly log: Log };

/** On the port that was asked for; else on the last one, so that clients find the engine where it was; else on any. */
async function serve(
  core: Core,
  asked: number,
  before: EngineAddress | null,
  { log, clock, credentials }: Serving,
): Promise<ServedApi> {
  const last = Number(/:(\d+)$/.exec(before?.endpoint ?? '')?.[1] ?? 0);
  const options: ServeOptions = {
    host: '127.0.0.1',
    port: asked,
    credentials,
    sessions: (token) => openSession(core.vault, token),
    region: core.account.region,
    accountId: core.account.accountId,
    clock,
    onInternalError: (failure, requestId) =>
      log('bug', {
        requestId,
        reason: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
      }),
  };
  if (asked !== 0 || last === 0) return serveApi(operations(core), options);
  try {
    return await serveApi(operations(core), { ...options, port: last });
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'EADDRINUSE')
      return serveApi(operations(core), options);
    throw failure;
  }
}
