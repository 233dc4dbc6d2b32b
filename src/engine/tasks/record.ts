import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { readIdentity } from '../../process/identity.ts';
import type { ProcessIdentity } from '../../process/identity.ts';
import type { RunningTask, TaskExit } from './runtime.ts';
import { isSignal } from './signals.ts';

/** What is known of a task from before its process starts; no environment, so nothing secret. */
export interface TaskRecord {
  readonly taskId: string;
  readonly containerName: string;
  readonly startedAt: number;
  readonly ports: RunningTask['ports'];
  readonly imageDigest: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutSeconds: number;
  readonly scratch: string;
  readonly memoryLimit: number | null;
  /** Leader of the task's process group. */
  readonly shim: ProcessIdentity;
  /** The container's main process; null until it exists. */
  readonly main: ProcessIdentity | null;
}

export function writeRecord(file: string, record: TaskRecord): void {
  replaceFile(file, JSON.stringify(record));
}

export function writeExit(file: string, exit: TaskExit): void {
  replaceFile(file, JSON.stringify(exit));
}

/** Read by nobody half-written. Not synced: after a power cut no process of the task runs, and that is what is told then. */
export function replaceFile(file: string, text: string): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

/** null where the file is missing or was not written by this version. */
export function readRecord(file: string): TaskRecord | null {
  const value = readJson(file);
  if (value === null) return null;
  const {
    taskId,
    containerName,
    startedAt,
    imageDigest,
    stopSignal,
    stopTimeoutSeconds,
    scratch,
    memoryLimit,
  } = value;
  const shim = readIdentity(value['shim']);
  const ports = readPorts(value['ports']);
  if (typeof taskId !== 'string' || typeof containerName !== 'string' || typeof startedAt !== 'number')
    return null;
  if (
    typeof imageDigest !== 'string' ||
    typeof stopSignal !== 'string' ||
    !isSignal(stopSignal) ||
    typeof scratch !== 'string'
  )
    return null;
  if (typeof stopTimeoutSeconds !== 'number' || shim === null || ports === null) return null;
  const main = readIdentity(value['main']);
  return {
    taskId,
    containerName,
    startedAt,
    ports,
    imageDigest,
    stopSignal,
    stopTimeoutSeconds,
    scratch,
    memoryLimit: typeof memoryLimit === 'number' ? memoryLimit : null,
    shim,
    main,
  };
}

export function readExit(file: string): TaskExit | null {
  const value = readJson(file);
  if (value === null) return null;
  const { exitCode, reason, stoppedAt, lastLines } = value;
  if (!(exitCode === null || typeof exitCode === 'number') || typeof stoppedAt !== 'number') return null;
  if (!(reason === null || typeof reason === 'string') || !Array.isArray(lastLines)) return null;
  return { exitCode, reason, stoppedAt, lastLines: lastLines.filter((line) => typeof line === 'string') };
}

export function readPorts(value: unknown): RunningTask['ports'] | null {
  if (!Array.isArray(value)) return null;
  const ports: { containerPort: number; host: string; hostPort: number }[] = [];
  for (const port of value) {
    if (!isRecord(port)) return null;
    const { containerPort, host, hostPort } = port;
    if (typeof containerPort !== 'number' || typeof host !== 'string' || typeof hostPort !== 'number')
      return null;
    ports.push({ containerPort, host, hostPort });
  }
  return ports;
}

export function readJson(file: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
