import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** While this file exists, nobody starts the engine again. */
export const stoppingFile = (folder: string): string => join(folder, 'stopping');

/** `engine`: it alone leaves, what it runs runs on. `all`: nothing shall be left. */
export function markStopping(folder: string, what: 'engine' | 'all'): void {
  writeFileSync(stoppingFile(folder), `${JSON.stringify({ what })}\n`, { mode: 0o600 });
}

export const isStopping = (folder: string): boolean => existsSync(stoppingFile(folder));

export function stopsAll(folder: string): boolean {
  try {
    const marker: unknown = JSON.parse(readFileSync(stoppingFile(folder), 'utf8'));
    return typeof marker === 'object' && marker !== null && 'what' in marker && marker.what === 'all';
  } catch {
    return false;
  }
}
