import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { identityOf } from '../../process/identity.ts';
import { stepBack } from '../../process/priority.ts';
import type { ImageSource, RunnableImage } from '../images/source.ts';
import { taskEnvironment } from './environment.ts';
import { findExecutable } from './executable.ts';
import type { TaskFolder } from './folder.ts';
import type { AssignedPort, PortBook } from './ports.ts';
import type { Place } from './probe.ts';
import { writeRecord } from './record.ts';
import type { TaskRecord } from './record.ts';
import { TaskStartError } from './runtime.ts';
import type { TaskSpec } from './runtime.ts';
import { makeScratch, removeTask } from './scratch.ts';
import { readShimState, spawnShim } from './shim.ts';
import { send, signalName } from './signals.ts';

export interface StartContext {
  readonly clock: () => number;
  readonly images: readonly ImageSource[];
  readonly ports: PortBook;
}

export interface StartedTask {
  readonly record: TaskRecord;
  readonly shim: ChildProcess;
  readonly place: Place;
}

/** Find the image, reserve ports, make the image ready, start. What fails leaves nothing behind. */
export async function startTask(
  spec: TaskSpec,
  folder: TaskFolder,
  context: StartContext,
): Promise<StartedTask> {
  const { taskId, container } = spec;
  const image = await findImage(container.image, context.images);
  const ports = await context.ports.assign(taskId, container.ports);
  try {
    return await launchTask(spec, folder, image, ports, context.clock);
  } catch (error) {
    context.ports.release(taskId, ports);
    throw asStartError(error);
  }
}

async function launchTask(
  { taskId, container }: TaskSpec,
  folder: TaskFolder,
  image: RunnableImage,
  ports: readonly AssignedPort[],
  clock: () => number,
): Promise<StartedTask> {
  const ownSignal = container.stopSignal === null ? null : signalName(container.stopSignal);
  const launch = await image.launch({ taskId, container, ports });
  const stopSignal = ownSignal ?? signalName(launch.stopSignal ?? 'SIGTERM');
  const [command = '', ...args] = launch.argv;
  const path = launch.environment['PATH'] ?? '';
  const executable = findExecutable(command, path, launch.workingFolder);
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
  let shimPid: number | null = null;
  try {
    const scratch = makeScratch(folder, launch);
    const place: Place = {
      environment: taskEnvironment(launch.environment, { taskId, scratch, ports }),
      workingFolder: launch.workingFolder,
      user: launch.user,
    };
    const shim = await spawnShim({
      argv: [executable, ...args],
      ...place,
      graceSeconds: container.stopTimeoutSeconds,
      stateFile: folder.state,
      logFile: folder.log,
    });
    shimPid = shim.pid;
    stepBack(shim.pid);
    const identity = identityOf(shim.pid);
    if (identity === null) throw new Error('the shim ended before the task');
    const record: TaskRecord = {
      taskId,
      containerName: container.name,
      startedAt: clock(),
      ports,
      imageDigest: image.digest,
      stopSignal,
      stopTimeoutSeconds: container.stopTimeoutSeconds,
      scratch,
      memoryLimit: container.memoryLimit ?? null,
      shim: identity,
      main: null,
    };
    writeRecord(folder.record, record);
    await shim.release();
    const started = { ...record, main: mainOf(folder) };
    writeRecord(folder.record, started);
    return { record: started, shim: shim.process, place };
  } catch (error) {
    if (shimPid !== null) send(-shimPid, 'SIGKILL');
    removeTask(folder);
    throw error;
  }
}

/** null when it has ended already. */
export function mainOf(folder: TaskFolder): TaskRecord['main'] {
  const { mainPid } = readShimState(folder.state);
  return mainPid === null ? null : identityOf(mainPid);
}

/** The first source that has it wins. */
export async function searchImage(
  reference: string,
  sources: readonly ImageSource[],
): Promise<RunnableImage | null> {
  for (const source of sources) {
    const image = await source.find(reference);
    if (image !== null) return image;
  }
  return null;
}

async function findImage(reference: string, sources: readonly ImageSource[]): Promise<RunnableImage> {
  const image = await searchImage(reference, sources);
  if (image !== null) return image;
  const message = `pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`;
  throw new TaskStartError('CannotPullContainerError', message);
}

/** What the system refused (no space, too long an environment, no more processes) as ECS says it of a container. */
function asStartError(error: unknown): TaskStartError {
  if (error instanceof TaskStartError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TaskStartError('CannotStartContainerError', message, { cause: error });
}
