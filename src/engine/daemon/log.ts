import { appendFileSync, renameSync, statSync } from 'node:fs';

export type Log = (what: string, details?: Readonly<Record<string, unknown>>) => void;

const fileBytes = 5 * 1024 * 1024;
const files = 3;

/** One JSON object a line: `at`, `what`, details. Rotated; a log that cannot be written stops nothing. */
export function openLog(path: string, clock: () => number): Log {
  let size = sizeOf(path);
  return (what, details = {}) => {
    const line = `${JSON.stringify({ at: new Date(clock()).toISOString(), what, ...details })}\n`;
    try {
      if (size + line.length > fileBytes) {
        rotate(path);
        size = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      size += line.length;
    } catch {
      // Without room for a log there is still work to do.
    }
  };
}

function rotate(path: string): void {
  for (let number = files - 1; number > 0; number -= 1) {
    try {
      renameSync(number === 1 ? path : `${path}.${number - 1}`, `${path}.${number}`);
    } catch {
      // Not there yet.
    }
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
