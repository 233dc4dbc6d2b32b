import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that has ended and that nobody has waited for yet is not alive. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
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
