import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchRequest } from '../images/source.ts';
import { TaskStartError } from '../tasks/runtime.ts';

/** Where a store's task finds its port, its own passing files and what it keeps. */
export interface StorePlace {
  readonly port: number;
  /** Goes with the task. */
  readonly scratch: string;
  readonly scratchBase: string;
  /** The volume mounted where the image has its data; without one the data goes with the task. */
  readonly data: string;
}

/**
 * Makes the place of a store that runs as the engine's own user. `folder` holds scratch folders of tasks. What `use` fails
 * with becomes a `TaskStartError`, and the scratch folder goes.
 */
export async function inPlace<Result>(
  request: LaunchRequest,
  options: {
    readonly folder: string;
    readonly containerPort: number;
    readonly dataPaths: readonly string[];
    /** For people: `Redis`. */
    readonly name: string;
  },
  use: (place: StorePlace) => Promise<Result>,
): Promise<Result> {
  const { container, ports, taskId } = request;
  const port = (ports.find((each) => each.containerPort === options.containerPort) ?? ports[0])?.hostPort;
  if (port === undefined)
    throw unready(`a port mapping for container port ${options.containerPort} is missing`);
  const scratchBase = join(options.folder, 'scratch');
  const scratch = join(scratchBase, taskId);
  const volume = container.mounts.find(({ containerPath }) => options.dataPaths.includes(containerPath));
  const data = join(volume?.sourcePath ?? scratch, 'data');
  try {
    for (const path of [scratch, data]) mkdirSync(path, { recursive: true, mode: 0o700 });
    return await use({ port, scratch, scratchBase, data });
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
    if (error instanceof TaskStartError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw unready(`${options.name} cannot be made ready: ${why}`, error);
  }
}

export function unready(message: string, cause?: unknown): TaskStartError {
  return new TaskStartError('ResourceInitializationError', message, { cause });
}

/** A store's container runs its server and nothing else. */
export function onlyServer(command: string, name: string): TaskStartError {
  return new TaskStartError(
    'CannotStartContainerError',
    `exec: "${command}": without Docker ${name} runs as its server only`,
  );
}
