import type { Clients } from '../ecs/clients.ts';
import { headOfTask } from '../ecs/log-head.ts';
import type { TaskLog } from '../ecs/logs.ts';
import { lastLines } from '../ecs/one-off.ts';
import type { Evidence } from '../journal/evidence.ts';

export type OutputEnds = Pick<Extract<Evidence, { kind: 'output' }>, 'lines' | 'first'>;

/** What fits on a screen is told as it is. */
const short = 12;
const firstLines = 8;

/**
 * The first and the last lines of a command: what went wrong first is often far above what it said last. `lines` are its
 * last ones, all of them if they are fewer than were asked for.
 */
export async function outputEnds(
  clients: Clients,
  log: TaskLog,
  lines: readonly string[],
): Promise<OutputEnds> {
  if (lines.length <= short) return { lines };
  const split = { lines: lines.slice(firstLines), first: { lines: lines.slice(0, firstLines), leftOut: 0 } };
  if (lines.length < lastLines) return split;
  // Evidence is worth a try and no more.
  const head = await headOfTask(clients, log, firstLines).catch(() => null);
  if (head === null) return { lines };
  if (head.total === null) return { lines, first: { lines: head.lines, leftOut: null } };
  const above = head.total - lines.length;
  if (above <= 0) return split;
  const first = head.lines.slice(0, above);
  return { lines, first: { lines: first, leftOut: above - first.length } };
}
