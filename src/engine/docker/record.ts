import { readJson, readPorts, replaceFile } from '../tasks/record.ts';
import type { RunningTask } from '../tasks/runtime.ts';
import { numberIn, textIn } from './answer.ts';

/** What is known of a container from before it starts; no environment, so nothing secret. */
export interface ContainerRecord {
  readonly taskId: string;
  /** Docker's own id. */
  readonly containerId: string;
  readonly startedAt: number;
  readonly ports: RunningTask['ports'];
  readonly imageDigest: string;
  readonly stopSignal: string;
  readonly stopTimeoutSeconds: number;
  /** The engine's name of the network that it is in by itself. */
  readonly network: string | null;
  /** The ECS task whose network it shares; null where it has an address to itself. */
  readonly ecsTask: string | null;
  /** Its weight once it serves. */
  readonly shares: number;
  readonly pid: number | null;
}

export function writeContainer(file: string, record: ContainerRecord): void {
  replaceFile(file, JSON.stringify(record));
}

/** null where the file is missing or was not written by this version. */
export function readContainer(file: string): ContainerRecord | null {
  const value = readJson(file);
  const taskId = textIn(value, 'taskId');
  const containerId = textIn(value, 'containerId');
  const startedAt = numberIn(value, 'startedAt');
  const ports = readPorts(value?.['ports']);
  const imageDigest = textIn(value, 'imageDigest');
  const stopSignal = textIn(value, 'stopSignal');
  const stopTimeoutSeconds = numberIn(value, 'stopTimeoutSeconds');
  const shares = numberIn(value, 'shares');
  if (taskId === null || containerId === null || startedAt === null || ports === null) return null;
  if (imageDigest === null || stopSignal === null || stopTimeoutSeconds === null || shares === null)
    return null;
  return {
    taskId,
    containerId,
    startedAt,
    ports,
    imageDigest,
    stopSignal,
    stopTimeoutSeconds,
    network: textIn(value, 'network'),
    ecsTask: textIn(value, 'ecsTask'),
    shares,
    pid: numberIn(value, 'pid'),
  };
}

export function runningContainer({
  taskId,
  pid,
  startedAt,
  ports,
  imageDigest,
}: ContainerRecord): RunningTask {
  return { taskId, pid, startedAt, ports, imageDigest };
}
