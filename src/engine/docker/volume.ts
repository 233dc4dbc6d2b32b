import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder that is mounted where there is none, as Docker does. An image may have any user: where nobody else of the
 * machine gets to the folder, it is for everybody.
 */
export function makeVolume(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true });
  if (foldersAbove(realpathSync(path)).some(isClosed)) chmodSync(path, 0o777);
}

function foldersAbove(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...foldersAbove(above)];
}

/** Whether others may not even pass through it. */
function isClosed(folder: string): boolean {
  return (statSync(folder).mode & 0o001) === 0;
}
