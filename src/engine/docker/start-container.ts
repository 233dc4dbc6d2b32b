import { mkdirSync } from 'node:fs';
import type { TaskFolder } from '../tasks/folder.ts';
import type { AssignedPort, PortBook } from '../tasks/ports.ts';
import { TaskStartError } from '../tasks/runtime.ts';
import type { TaskSpec } from '../tasks/runtime.ts';
import { removeTask } from '../tasks/scratch.ts';
import { numberIn } from './answer.ts';
import type { DockerClient } from './client.ts';
import { containerName, containerSettings, sharesServing } from './container-settings.ts';
import type { Attachment } from './container-settings.ts';
import type { Containers } from './containers.ts';
import { DockerUnreachable } from './endpoint.ts';
import { ownProcess } from './exec.ts';
import { findImage } from './images.ts';
import type { DockerImage } from './images.ts';
import type { Networks } from './networks.ts';
import type { Pauses } from './task-network/pauses.ts';
import type { RelayKeeper } from './relay/keeper.ts';
import { writeContainer } from './record.ts';
import type { ContainerRecord } from './record.ts';
import { makeVolume } from './volume.ts';

export interface StartContext {
  readonly clock: () => number;
  readonly docker: DockerClient;
  readonly containers: Containers;
  readonly networks: Networks;
  readonly pauses: Pauses;
  readonly relay: RelayKeeper;
  readonly ports: PortBook;
  readonly runtimeId: string;
  /** Whether a task is a container of this runtime, and runs. */
  readonly runs: (taskId: string) => boolean;
}

/** Find or pull the image, reserve ports, make the container, start it. What fails leaves nothing behind. */
export async function startContainer(
  spec: TaskSpec,
  folder: TaskFolder,
  context: StartContext,
): Promise<ContainerRecord> {
  const { container } = spec;
  try {
    const image = await findImage(context.docker, container.image);
    const place = await placeOf(spec, context);
    try {
      return await launch(spec, folder, image, place, context);
    } catch (failure) {
      await place.leave();
      throw failure;
    }
  } catch (failure) {
    throw asStartError(failure, container.image);
  }
}

/** Where a container is in the network, and at which ports of this machine it is reached. */
interface Place {
  readonly attachment: Attachment;
  readonly ports: readonly AssignedPort[];
  /** The engine's name of the network that it is in by itself. */
  readonly network: string | null;
  readonly ecsTask: string | null;
  /** It does not start after all. */
  leave(): Promise<void>;
}

async function placeOf(
  { taskId, container }: TaskSpec,
  { pauses, networks, ports: book, runs }: StartContext,
): Promise<Place> {
  const wanted = container.isolation?.network ?? null;
  if (wanted?.kind === 'shared') {
    const { pauseId, ports } = await pauses.join(wanted, taskId);
    return {
      attachment: { kind: 'shared', pauseId },
      ports,
      network: null,
      ecsTask: wanted.ecsTask,
      // What the first of them made is for the others too, and goes with their task.
      leave: async () => {},
    };
  }
  const ports = await book.assign(taskId, container.ports);
  const leave = async (): Promise<void> => {
    book.release(taskId, ports);
    if (wanted !== null) await networks.leave(wanted.name, taskId);
  };
  try {
    const attachment: Attachment = {
      kind: 'own',
      network: wanted === null ? null : await networks.join(wanted.name, taskId),
      aliases: wanted?.aliases ?? [],
      siblings: (wanted?.siblings ?? []).filter((sibling) => runs(sibling.taskId)),
      ports,
    };
    return { attachment, ports, network: wanted?.name ?? null, ecsTask: null, leave };
  } catch (failure) {
    await leave();
    throw failure;
  }
}

async function launch(
  { taskId, container }: TaskSpec,
  folder: TaskFolder,
  image: DockerImage,
  { attachment, ports, network, ecsTask }: Place,
  { clock, docker, containers, relay, runtimeId }: StartContext,
): Promise<ContainerRecord> {
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
  let containerId: string | null = null;
  try {
    for (const { sourcePath } of container.mounts) makeVolume(sourcePath);
    const settings = containerSettings({
      taskId,
      runtimeId,
      container,
      imageId: image.id,
      attachment,
      processors: container.isolation?.cpus === undefined ? null : await processorsOf(docker),
    });
    await relay.update();
    containerId = await containers.create(containerName(taskId), settings);
    const record: ContainerRecord = {
      taskId,
      containerId,
      startedAt: clock(),
      ports,
      imageDigest: image.digest,
      stopSignal: container.stopSignal ?? image.stopSignal ?? 'SIGTERM',
      stopTimeoutSeconds: container.stopTimeoutSeconds,
      network,
      ecsTask,
      shares: sharesServing(container),
      pid: null,
    };
    writeContainer(folder.record, record);
    await containers.start(containerId);
    const started = await withPid(record, containers);
    writeContainer(folder.record, started);
    return started;
  } catch (failure) {
    if (containerId !== null) await containers.remove(containerId).catch(() => {});
    removeTask(folder);
    throw failure;
  }
}

export async function withPid(record: ContainerRecord, containers: Containers): Promise<ContainerRecord> {
  const state = await containers.state(record.containerId);
  return { ...record, pid: ownProcess(state?.pid ?? 0, record.containerId) };
}

async function processorsOf(docker: DockerClient): Promise<number> {
  return numberIn(await docker.call('GET', '/info'), 'NCPU') ?? 1;
}

/** What the daemon refused, in its own words behind ECS's. */
function asStartError(failure: unknown, image: string): TaskStartError {
  if (failure instanceof TaskStartError) return failure;
  const message = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof DockerUnreachable) {
    return new TaskStartError(
      'CannotPullContainerError',
      `pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: it is none of the engine's own images, and ${message}: start Docker, or set DOCKER_HOST where it listens elsewhere and start the engine again`,
      { cause: failure },
    );
  }
  return new TaskStartError('CannotStartContainerError', `Error response from daemon: ${message}`, {
    cause: failure,
  });
}
