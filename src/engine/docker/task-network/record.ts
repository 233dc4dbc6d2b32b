import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AssignedPort } from '../../tasks/ports.ts';
import { sharedFile } from '../../tasks/folder.ts';
import { readJson, readPorts, replaceFile } from '../../tasks/record.ts';
import { listIn, member, textIn } from '../answer.ts';

/** What is known of a pause container, from before it is made. */
export interface PauseRecord {
  /** Whose containers have its network. */
  readonly ecsTask: string;
  /** Docker's own id; null while it has not been started. */
  readonly containerId: string | null;
  /** The engine's name of the network that it is in. */
  readonly network: string;
  /** Of each container of the task. */
  readonly ports: readonly { readonly taskId: string; readonly assigned: readonly AssignedPort[] }[];
}

export function writePause(folder: string, record: PauseRecord): void {
  const file = sharedFile(folder, record.ecsTask);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  replaceFile(file, JSON.stringify(record));
}

/** null where there is none, or it was not written by this version. */
export function readPause(folder: string, ecsTask: string): PauseRecord | null {
  const value = readJson(sharedFile(folder, ecsTask));
  const network = textIn(value, 'network');
  if (network === null) return null;
  const ports = listIn(value, 'ports').flatMap((each) => {
    const [taskId, assigned] = [textIn(each, 'taskId'), readPorts(member(each, 'assigned'))];
    return taskId === null || assigned === null ? [] : [{ taskId, assigned }];
  });
  return { ecsTask, containerId: textIn(value, 'containerId'), network, ports };
}

export function removePause(folder: string, ecsTask: string): void {
  rmSync(sharedFile(folder, ecsTask), { force: true });
}
