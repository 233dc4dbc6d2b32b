import { setImmediate } from 'node:timers/promises';
import type { ProcessIdentity } from '../../process/identity.ts';
import { groupIsOwn } from './group.ts';
import { findStrays, processTable, treeOf } from './process-table.ts';
import type { ProcessRow, Strays } from './process-table.ts';

/** All processes of the machine at one moment, asked by many tasks at once. */
export interface Survey {
  readonly rows: readonly ProcessRow[];
  readonly strays: Strays;
}

/**
 * One look answers all who asked before it began: a thousand tasks that end together must not look a thousand times.
 * `groups`: leaders of tasks that run, whose members are no strays.
 */
export function surveyor(groups: () => ReadonlySet<number>): () => Promise<Survey> {
  let next: Promise<Survey> | null = null;
  return () => {
    next ??= setImmediate().then(() => {
      next = null;
      const rows = processTable();
      return { rows, strays: findStrays(rows, groups()) };
    });
    return next;
  };
}

/** Every process of a task, wherever it went. */
export function processesOf(
  task: { readonly taskId: string; readonly leader: ProcessIdentity; readonly logFile: string },
  survey: Survey,
): number[] {
  const { byTask, byLog } = survey.strays;
  const tree = groupIsOwn(task.leader) ? treeOf(task.leader.pid, survey.rows).map(({ pid }) => pid) : [];
  return [...new Set([...tree, ...(byTask.get(task.taskId) ?? []), ...(byLog.get(task.logFile) ?? [])])];
}
