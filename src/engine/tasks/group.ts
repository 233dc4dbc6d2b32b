import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { identityOf, isRunning } from '../../process/identity.ts';
import type { ProcessIdentity } from '../../process/identity.ts';
import type { Pause } from './log/rotation.ts';
import { processTable, treeOf } from './process-table.ts';
import type { ProcessRow } from './process-table.ts';
import { send } from './signals.ts';

/**
 * Whether the group that `leader` leads or led may still be its own. A group outlives its leader, and as long as it does the
 * system gives the leader's pid to nobody else: so a stranger with that pid means that the group is gone.
 */
export function groupIsOwn(leader: ProcessIdentity): boolean {
  return isRunning(leader) || identityOf(leader.pid) === null;
}

export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  if (groupIsOwn(leader)) send(-leader.pid, signal);
}

/** Lets a task go on that an engine, now dead, had made stand still. */
export function resumeTree(leader: ProcessIdentity, rows: readonly ProcessRow[]): void {
  if (!groupIsOwn(leader)) return;
  send(-leader.pid, 'SIGCONT');
  for (const { pid, group } of treeOf(leader.pid, rows)) if (group !== leader.pid) send(pid, 'SIGCONT');
}

const longestStop = 2000;

/** Makes every process of a task stand still, those that made groups of their own too. */
export function pauseOf(leader: ProcessIdentity): Pause {
  const outside = new Set<number>();
  const resume = (): void => {
    signalGroup(leader, 'SIGCONT');
    for (const pid of outside) send(pid, 'SIGCONT');
  };
  return {
    async stop() {
      if (!groupIsOwn(leader)) return false;
      const deadline = performance.now() + longestStop;
      signalGroup(leader, 'SIGSTOP');
      while (performance.now() < deadline) {
        const running = treeOf(leader.pid, processTable()).filter((row) => !standsStill(row));
        if (running.length === 0) return true;
        for (const { pid, group } of running) {
          if (group !== leader.pid) outside.add(pid);
          send(pid, 'SIGSTOP');
        }
        await setTimeout(1);
      }
      resume();
      return false;
    },
    resume,
  };
}

/** A process is shown as stopped when its first thread is; the others may still be in a write. */
function standsStill({ pid, state }: ProcessRow): boolean {
  if (!isStopped(state)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => isStopped(threadState(pid, thread)));
  } catch {
    return true; // Gone meanwhile.
  }
}

function threadState(pid: number, thread: string): string {
  try {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return 'X';
  }
}

function isStopped(state: string): boolean {
  return state === 'T' || state === 't' || state === 'Z' || state === 'X';
}
