import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { TaskStartError } from './runtime.ts';

/** The file that `execvp` would run, absolute; fails as Docker words it, naming what is missing. */
export function findExecutable(command: string, path: string, workingFolder: string): string {
  const candidates = command.includes('/')
    ? [resolve(workingFolder, command)]
    : path.split(delimiter).map((folder) => resolve(workingFolder, folder, command));
  const found = candidates.filter(isFile);
  const runnable = found.find(isExecutable);
  if (runnable !== undefined) return runnable;
  const why =
    found.length > 0
      ? 'permission denied'
      : command.includes('/')
        ? 'no such file or directory'
        : 'executable file not found in $PATH';
  throw new TaskStartError('CannotStartContainerError', `exec: "${command}": ${why}`);
}

/** A PATH may well name folders that one cannot enter. */
function isFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
