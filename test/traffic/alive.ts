import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A process that has ended and that nobody has waited for yet is not alive. Its first thread is a zombie before that: as long
 * as another one has not ended, its sockets are open and the kernel takes connections and requests for it.
 */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything: the state is the first field, the number of threads the 18th.
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    return fields[0] !== 'Z' || Number(fields[17]) > 1;
  } catch {
    return true;
  }
}

export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error('it did not happen within 30 s');
}
