import { sharedIds } from '../../tasks/folder.ts';
import type { AssignedPort, PortBook } from '../../tasks/ports.ts';
import { TaskStartError } from '../../tasks/runtime.ts';
import type { SharedAddress } from '../../tasks/runtime.ts';
import type { DockerClient } from '../client.ts';
import { endOf } from '../container-end.ts';
import type { Containers, ContainerState } from '../containers.ts';
import type { Networks } from '../networks.ts';
import { holdingImage } from './image.ts';
import { readPause, removePause, writePause } from './record.ts';
import type { PauseRecord } from './record.ts';
import { pauseName, pauseSettings } from './settings.ts';

export interface PausesOptions {
  readonly folder: string;
  readonly runtimeId: string;
  readonly docker: DockerClient;
  readonly containers: Containers;
  readonly networks: Networks;
  readonly ports: PortBook;
  readonly closed: AbortSignal;
  /** The containers of this ECS task have no network any more. */
  readonly lost: (ecsTask: string, why: string) => void;
}

/** A container's place in the network of its ECS task. */
export interface Place {
  /** Docker's id of the pause container. */
  readonly pauseId: string;
  readonly ports: readonly AssignedPort[];
}

/**
 * The pause containers: one for each ECS task whose containers share a network. It holds the network from before the first of
 * them starts until the task is over, whichever of them end and start meanwhile.
 */
export interface Pauses {
  /** Makes the pause container where there is none yet. Fails where there was one and it ended. */
  join(network: SharedAddress, taskId: string): Promise<Place>;
  /** Whether an earlier engine left some. */
  areLeft(): boolean;
  /** Finds those of an earlier engine, and says whose they are. */
  adopt(): Promise<readonly string[]>;
  /** Why the containers of this ECS task have no network any more; null where they have it. */
  loss(ecsTask: string): string | null;
  /** Removes it, and gives its ports back. */
  release(ecsTask: string): Promise<void>;
}

export function pauses(options: PausesOptions): Pauses {
  const { folder, runtimeId, docker, containers, networks, ports, closed } = options;
  const held = new Map<string, Promise<PauseRecord>>();
  const losses = new Map<string, string>();
  /** Their ports are not free before they have gone. */
  const going = new Set<Promise<void>>();
  /** Those that are watched, by their ECS task. */
  const watches = new Map<string, AbortController>();

  async function watch({ ecsTask, containerId }: PauseRecord): Promise<void> {
    if (containerId === null) return;
    const over = new AbortController();
    watches.set(ecsTask, over);
    const signal = AbortSignal.any([over.signal, closed]);
    const state = await endOf(containerId, containers, signal);
    if (!signal.aborted) lose(ecsTask, lossOf(containerId, state));
  }

  function lose(ecsTask: string, why: string): void {
    losses.set(ecsTask, why);
    options.lost(ecsTask, why);
  }

  async function make(network: SharedAddress): Promise<PauseRecord> {
    const { ecsTask, name, members } = network;
    await Promise.all(going);
    const imageId = await holdingImage(docker);
    const assigned: PauseRecord['ports'][number][] = [];
    try {
      for (const { taskId, ports: wanted } of members)
        assigned.push({ taskId, assigned: await ports.assign(taskId, wanted) });
      const record: PauseRecord = { ecsTask, containerId: null, network: name, ports: assigned };
      writePause(folder, record);
      const settings = pauseSettings({
        network,
        imageId,
        runtimeId,
        dockerNetwork: await networks.join(name, ecsTask),
        ports: assigned.flatMap((each) => each.assigned),
      });
      const containerId = await containers.create(pauseName(ecsTask), settings);
      await containers.start(containerId);
      const started = { ...record, containerId };
      writePause(folder, started);
      void watch(started);
      return started;
    } catch (failure) {
      await remove({ ecsTask, containerId: null, network: name, ports: assigned }).catch(() => {});
      throw failure;
    }
  }

  async function remove({ ecsTask, containerId, network, ports: given }: PauseRecord): Promise<void> {
    watches.get(ecsTask)?.abort();
    watches.delete(ecsTask);
    losses.delete(ecsTask);
    // Where the daemon is away its record stays, and the next engine removes it.
    await containers.remove(containerId ?? pauseName(ecsTask));
    for (const { taskId, assigned } of given) ports.release(taskId, assigned);
    await networks.leave(network, ecsTask);
    removePause(folder, ecsTask);
  }

  async function adoptOne(ecsTask: string): Promise<boolean> {
    const record = readPause(folder, ecsTask);
    if (record === null) {
      removePause(folder, ecsTask);
      return false;
    }
    if (record.containerId === null) {
      // An engine died amid making it: none of the task's containers has started.
      await remove(record).catch(() => {});
      return false;
    }
    held.set(ecsTask, Promise.resolve(record));
    for (const { taskId, assigned } of record.ports) ports.hold(taskId, assigned);
    networks.hold(record.network, ecsTask);
    const state = await containers.state(record.containerId).catch(() => null);
    if (state?.status === 'running') void watch(record);
    else lose(ecsTask, lossOf(record.containerId, state));
    return true;
  }

  return {
    async join(network, taskId) {
      const { ecsTask } = network;
      const loss = losses.get(ecsTask);
      if (loss !== undefined) throw new TaskStartError('CannotStartContainerError', loss);
      let pause = held.get(ecsTask);
      if (pause === undefined) {
        pause = make(network);
        held.set(ecsTask, pause);
        pause.catch(() => held.delete(ecsTask));
      }
      const { containerId, ports: given } = await pause;
      if (containerId === null) throw new Error(`bug: the pause container of ${ecsTask} was not started`);
      const { assigned = [] } = given.find((each) => each.taskId === taskId) ?? {};
      return { pauseId: containerId, ports: assigned };
    },
    areLeft: () => sharedIds(folder).length > 0,
    async adopt() {
      const left = sharedIds(folder);
      const found = await Promise.all(
        left.map(async (ecsTask) => (held.has(ecsTask) || (await adoptOne(ecsTask)) ? [ecsTask] : [])),
      );
      return found.flat();
    },
    loss: (ecsTask) => losses.get(ecsTask) ?? null,
    async release(ecsTask) {
      const pause = held.get(ecsTask);
      if (pause === undefined) return;
      held.delete(ecsTask);
      const gone = pause.then(remove).catch(() => {});
      going.add(gone);
      await gone;
      going.delete(gone);
    },
  };
}

/** In ECS's words, with what is known behind them. */
function lossOf(pauseId: string, state: ContainerState | null): string {
  const how =
    state === null ? 'was removed, or its daemon has gone' : `ended with exit code ${state.exitCode}`;
  return `ContainerNetworkingError: the pause container ${pauseId.slice(0, 12)}, which holds the network of the task, ${how}`;
}
