import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Who goes first where the processors are all busy: what serves users, before what only prepares to.
 *
 * Linux gives every session (setsid) an equal share of a busy processor, and the share of a whole session can be lowered
 * and raised again by its own user (sched(7), "The autogroup feature"); a nice value could only be lowered. Where the
 * kernel has no such groups, nothing happens: these are courtesies, and nothing depends on them.
 */
const behind = 10;
const ordinary = 0;

/** The session that this process leads lets all others go first. Does nothing where it leads none. */
export function stepBack(pid: number | undefined): void {
  if (pid !== undefined && leadsSession(pid)) setShare(pid, behind);
}

/**
 * The session of this process has its ordinary share again; resolves once that is so, or the process is gone. The kernel
 * takes ten such changes a second from all users but root.
 */
export async function stepUp(pid: number): Promise<void> {
  while (setShare(pid, ordinary) === 'later') await pause(100 + Math.random() * 100);
}

/**
 * For what measures: a process that lets others go first would take its own waiting for theirs. Steps back again after it;
 * does nothing but act where this process leads no session.
 */
export async function inStep<Result>(act: () => Promise<Result>): Promise<Result> {
  if (!leadsSession(process.pid)) return act();
  await stepUp(process.pid);
  try {
    return await act();
  } finally {
    stepBack(process.pid);
  }
}

function setShare(pid: number, nice: number): 'done' | 'never' | 'later' {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EAGAIN' ? 'later' : 'never';
  }
}

/** A process that was not made a leader of its own shares with a terminal, or with a whole pipeline. */
function leadsSession(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // After the command in brackets, which may hold anything: state, parent, group, session.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3] === String(pid);
  } catch {
    return false;
  }
}
