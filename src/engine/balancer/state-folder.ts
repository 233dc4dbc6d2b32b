import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../process/identity.ts';
import { isRunning, ownIdentity, readIdentity } from '../../process/identity.ts';

/** The folder that outlives the balancer: what it needs to begin again where it was. Files are 0600. */
export class StateFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  exists(): boolean {
    return existsSync(this.directory);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** The JSON of a file; undefined where there is none, or none that can be read. */
  read(name: string): unknown {
    try {
      return JSON.parse(readFileSync(this.path(name), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /**
   * Whole or not at all, whoever is killed. It is not waited for the disk: after a power failure nothing here is worth more
   * than what the engine says anew, and a weight that changes would have to wait as well.
   */
  async write(name: string, value: unknown): Promise<void> {
    const path = this.path(name);
    const temporary = `${path}.${process.pid}.new`;
    try {
      await writeFile(temporary, `${JSON.stringify(value)}\n`, { mode: 0o600 });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Takes the folder for this process; the live process that has it already, else null. */
  lock(): ProcessIdentity | null {
    const path = this.path('balancer.lock');
    const mine = `${path}.${process.pid}`;
    const own = ownIdentity();
    writeFileSync(mine, JSON.stringify(own), { mode: 0o600 });
    try {
      for (;;) {
        if (linked(mine, path)) return null;
        const holder = readIdentity(this.read('balancer.lock'));
        if (holder !== null && isRunning(holder)) return holder;
        // Moved rather than removed: of two that find a dead holder, one gets its lock out of the way.
        try {
          renameSync(path, `${mine}.stale`);
        } catch {
          continue;
        }
        const moved = readIdentity(this.read(`balancer.lock.${process.pid}.stale`));
        if (moved !== null && isRunning(moved) && linked(`${mine}.stale`, path)) return moved;
      }
    } finally {
      rmSync(mine, { force: true });
      rmSync(`${mine}.stale`, { force: true });
    }
  }

  unlock(): void {
    this.remove('balancer.lock');
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
