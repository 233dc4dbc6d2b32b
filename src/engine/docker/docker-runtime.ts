import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { taskFolder, taskIds } from '../tasks/folder.ts';
import { openLog } from '../tasks/log/log.ts';
import type { LogLimits, Pause } from '../tasks/log/rotation.ts';
import type { PortBook } from '../tasks/ports.ts';
import { readExit } from '../tasks/record.ts';
import type { AdoptedTask, RunningTask, TaskExit, TaskRuntime, TaskSpec } from '../tasks/runtime.ts';
import { removeTask } from '../tasks/scratch.ts';
import { taskBook } from '../tasks/task-book.ts';
import { writeWhole } from '../whole-file.ts';
import { dockerClient } from './client.ts';
import type { DockerClient } from './client.ts';
import { containers as callsAbout } from './containers.ts';
import type { ContainerState } from './containers.ts';
import { prober } from './exec.ts';
import { liveContainer } from './live-container.ts';
import type { LiveContainer } from './live-container.ts';
import { networks as networksOf } from './networks.ts';
import { relayKeeper } from './relay/keeper.ts';
import { readContainer, runningContainer, writeContainer } from './record.ts';
import type { ContainerRecord } from './record.ts';
import { startContainer, withPid } from './start-container.ts';
import { pauses } from './task-network/pauses.ts';

export interface DockerRuntimeOptions {
  /** Everything of this runtime is below it; made if missing. For one engine at a time. */
  readonly folder: string;
  /** ms since 1970 */
  readonly clock: () => number;
  readonly docker: DockerClient;
  /** Shared with whoever else gives out ports of this machine. */
  readonly ports: PortBook;
  readonly log: LogLimits;
  /** How a relay is started (relay/main.ts). */
  readonly relayCommand: readonly string[];
}

export interface DockerRuntime extends TaskRuntime {
  /** Watches no longer. Containers run on. */
  close(): void;
}

const sweepMs = 1000;
/** How long a daemon may take to come back before its containers count as lost: it may be starting as the engine is. */
const longestWaitMs = 10_000;
const retryMs = 250;
/** Nobody but the engine writes these logs. */
const standsStill: Pause = { stop: async () => true, resume: () => {} };

/** With the daemon that this process's environment names. */
export function openDockerRuntime(options: Omit<DockerRuntimeOptions, 'docker'>): DockerRuntime {
  return createDockerRuntime({ ...options, docker: dockerClient(process.env) });
}

/** Tasks as Docker containers, which the daemon keeps when the engine dies; found again by their labels. */
export function createDockerRuntime(options: DockerRuntimeOptions): DockerRuntime {
  mkdirSync(join(options.folder, 'tasks'), { recursive: true, mode: 0o700 });
  const folder = realpathSync(options.folder);
  const { clock, docker, ports, log: limits, relayCommand } = options;
  const runtimeId = identityOf(folder);
  const containers = callsAbout(docker);
  const networks = networksOf(docker, runtimeId);
  const probe = prober(docker);
  const book = taskBook<LiveContainer>({ folder, clock, limits });
  const { live } = book;
  const closed = new AbortController();
  const shared = pauses({
    folder,
    runtimeId,
    docker,
    containers,
    networks,
    ports,
    closed: closed.signal,
    lost(ecsTask, why) {
      for (const container of live.values()) if (container.record.ecsTask === ecsTask) container.lose(why);
    },
  });
  const relay = relayKeeper({
    ordersFile: join(folder, 'relay.json'),
    command: relayCommand,
    docker,
    networks: networks.names,
    // Processes listen on loopback, and containers are published there: a store is at one address, whatever it runs in.
    ports: () => [...ports.held()].map(([port]) => port).toSorted((a, b) => a - b),
  });
  /** Whether all that this folder has is known: until then nobody can say what the relay need not lead to. */
  let known = taskIds(folder).length === 0;
  const timer = setInterval(() => {
    for (const { log } of live.values()) log.sweep(standsStill);
    if (known) void relay.update();
  }, sweepMs).unref();

  function watch(record: ContainerRecord, found?: ContainerState | null): LiveContainer {
    const { taskId, network, ecsTask } = record;
    const home = taskFolder(folder, taskId);
    const log = openLog(home.log, clock, limits);
    log.finishRotation();
    const ended = (_: string, exit: TaskExit): void => {
      live.delete(taskId);
      // Ports of a shared address are given back with it.
      if (ecsTask === null) ports.release(taskId, record.ports);
      if (network !== null) void networks.leave(network, taskId);
      if (known) void relay.update();
      if (found === undefined) book.tell(taskId, exit);
    };
    const container = liveContainer(record, home, log, {
      containers,
      clock,
      ended,
      closed: closed.signal,
      ...(found === undefined ? {} : { found }),
    });
    live.set(taskId, container);
    const loss = ecsTask === null ? null : shared.loss(ecsTask);
    if (loss !== null && found === undefined) container.lose(loss);
    return container;
  }

  async function start(spec: TaskSpec): Promise<RunningTask> {
    const home = taskFolder(folder, spec.taskId);
    const runs = (taskId: string): boolean => live.has(taskId);
    const context = { clock, docker, containers, networks, pauses: shared, relay, ports, runtimeId, runs };
    const record = await startContainer(spec, home, context);
    watch(record);
    return runningContainer(record);
  }

  async function adoptTask(taskId: string, containerId: string | null): Promise<AdoptedTask | null> {
    const watched = live.get(taskId);
    if (watched) return { kind: 'running', task: runningContainer(watched.record) };
    const home = taskFolder(folder, taskId);
    const told = readExit(home.exit);
    const record = readContainer(home.record);
    if (told !== null || record === null) {
      if (containerId !== null) await containers.remove(containerId).catch(() => {});
      if (told !== null) return { kind: 'exited', taskId, exit: told };
      removeTask(home);
      return null;
    }
    const state = containerId === null ? null : await containers.state(containerId);
    if (state?.status === 'created') {
      await containers.remove(record.containerId);
      removeTask(home);
      return null;
    }
    if (state?.status !== 'running') {
      return { kind: 'exited', taskId, exit: await watch(record, state).exited };
    }
    const adopted = record.pid === null ? await withPid(record, containers) : record;
    if (adopted !== record) writeContainer(home.record, adopted);
    if (adopted.ecsTask === null) ports.hold(taskId, adopted.ports);
    if (adopted.network !== null) networks.hold(adopted.network, taskId);
    watch(adopted);
    return { kind: 'running', task: runningContainer(adopted) };
  }

  /** The containers that the daemon has; none where it stays away, for then they do not run. */
  async function present(): Promise<ReadonlyMap<string, string>> {
    const until = performance.now() + longestWaitMs;
    for (;;) {
      try {
        return await containers.of(runtimeId);
      } catch {
        if (performance.now() > until) return new Map();
        await pause(retryMs);
      }
    }
  }

  return {
    start: (spec) => book.start(spec.taskId, () => start(spec)),
    stop: book.stop,
    readLog: book.readLog,
    onExit: book.onExit,

    serves(taskId) {
      const { containerId, shares } = live.get(taskId)?.record ?? {};
      if (containerId !== undefined && shares !== undefined)
        void containers.weigh(containerId, shares).catch(() => {});
    },

    async probe(taskId, argv, timeoutMs) {
      const container = live.get(taskId);
      return container ? probe(container.record.containerId, argv, timeoutMs) : false;
    },

    async adopt() {
      const tasks = book.left();
      const untold = tasks.some((taskId) => readExit(taskFolder(folder, taskId).exit) === null);
      const found = untold || shared.areLeft() ? await present() : new Map<string, string>();
      const sharing = await shared.adopt();
      const adopted = await Promise.all(
        tasks.map(async (taskId) => adoptTask(taskId, found.get(taskId) ?? null)),
      );
      known = true;
      return [
        ...sharing.map((ecsTask) => ({ kind: 'shared', ecsTask }) as const),
        ...adopted.filter((task) => task !== null),
      ];
    },

    async forget(taskId) {
      book.expectEnded(taskId);
      const home = taskFolder(folder, taskId);
      const record = readContainer(home.record);
      removeTask(home);
      // It is still there where an engine died before it could remove it.
      if (record !== null) void containers.remove(record.containerId).catch(() => {});
    },

    async release(ecsTask) {
      await shared.release(ecsTask);
    },

    close() {
      closed.abort();
      clearInterval(timer);
      if (known && live.size === 0) relay.end();
    },
  };
}

/** By which this folder's containers are known: the folder may be moved, and another may come to its place. */
function identityOf(folder: string): string {
  const file = join(folder, 'runtime-id');
  try {
    const known = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{32}$/.test(known)) return known;
  } catch {
    // Not made yet.
  }
  const made = randomBytes(16).toString('hex');
  writeWhole(file, `${made}\n`);
  return made;
}
