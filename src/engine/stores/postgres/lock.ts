import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { identityOf } from '../../../process/identity.ts';

const longestFarewell = 10_000;

/**
 * Makes a cluster startable whose server was killed. PostgreSQL takes any process with the pid in its lock file for its own
 * server and then refuses to start for ever; here it must also be one that works in this cluster. Backends of a killed server
 * notice that it is gone, and are waited for. Returns the pid of a server that really runs, null when there is none.
 */
export async function clearStaleLock(cluster: string): Promise<number | null> {
  const file = join(cluster, 'postmaster.pid');
  const pid = lockHolder(file);
  if (pid === null) return null;
  if (identityOf(pid) !== null && worksIn(pid, cluster)) return pid;
  await orphansGone(cluster);
  rmSync(file, { force: true });
  return null;
}

function lockHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    return Number.isSafeInteger(pid) && pid > 0 ? pid : 0;
  } catch {
    return null;
  }
}

/** Every process of a server works in its data folder. Elsewhere than on Linux its command line names it. */
function worksIn(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') {
    const ps = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return (ps.stdout ?? '').includes(cluster);
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return false;
  }
}

async function orphansGone(cluster: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const orphans = (): number[] =>
    readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && worksIn(pid, cluster) && identityOf(pid) !== null);
  const deadline = performance.now() + longestFarewell;
  for (let left = orphans(); left.length > 0; left = orphans()) {
    // Their server is dead: nothing is lost with them that its recovery does not bring back.
    if (performance.now() > deadline) for (const pid of left) process.kill(pid, 'SIGKILL');
    await setTimeout(20);
  }
}
