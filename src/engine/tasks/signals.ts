import { constants } from 'node:os';
import { TaskStartError } from './runtime.ts';

/** `SIGTERM`, `TERM` and `15` as Docker takes them; `SIGTERM` in answer. */
export function signalName(text: string): NodeJS.Signals {
  const wanted = text.trim().toUpperCase();
  for (const name of Object.keys(constants.signals)) {
    if (
      isSignal(name) &&
      (name === wanted || name === `SIG${wanted}` || String(constants.signals[name]) === wanted)
    ) {
      return name;
    }
  }
  throw new TaskStartError('CannotStartContainerError', `invalid stop signal: ${text}`);
}

export function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

/** false where no such process or group is there. A negative pid is a group. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Whether anything has this pid, a zombie too: one system call, where reading an identity takes several. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
