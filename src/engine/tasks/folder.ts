import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where a task keeps what outlives the engine. Everything is 0600 or 0700. */
export interface TaskFolder {
  readonly path: string;
  readonly record: string;
  /** Written by the shim alone; see shim.ts. */
  readonly state: string;
  readonly exit: string;
  readonly log: string;
  /** HOME and TMPDIR of the task, unless it runs as a user who cannot reach this folder. */
  readonly scratch: string;
}

const taskId = /^[0-9a-f]{32}$/;

export function taskFolder(folder: string, id: string): TaskFolder {
  if (!taskId.test(id)) throw new TypeError(`not a task id: ${id}`);
  const path = join(folder, 'tasks', id);
  return {
    path,
    record: join(path, 'task.json'),
    state: join(path, 'state'),
    exit: join(path, 'exit.json'),
    log: join(path, 'log'),
    scratch: join(path, 'scratch'),
  };
}

export function taskIds(folder: string): string[] {
  return namesIn(join(folder, 'tasks')).filter((name) => taskId.test(name));
}

/** Where it is written what the containers of one ECS task share; beside their own folders. */
export const sharedFile = (folder: string, ecsTask: string): string =>
  join(folder, 'shared', `${ecsTask}.json`);

/** ECS tasks of which such a file is there. */
export function sharedIds(folder: string): string[] {
  return namesIn(join(folder, 'shared')).flatMap((name) => {
    const id = name.replace(/\.json$/, '');
    return taskId.test(id) ? [id] : [];
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
