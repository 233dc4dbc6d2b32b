import { existsSync } from 'node:fs';
import { readAddress } from './files.ts';

const lookMs = 250;

/**
 * Tells once when the folder is no longer this engine's: it was removed, or removed and made again by another. What this one
 * writes reaches nobody then, and nobody could find what it runs.
 */
export function watchFolder(folder: string, gone: () => void): void {
  const timer = setInterval(() => {
    const named = readAddress(folder)?.pid ?? process.pid;
    if (existsSync(folder) && named === process.pid) return;
    clearInterval(timer);
    gone();
  }, lookMs);
  timer.unref();
}
