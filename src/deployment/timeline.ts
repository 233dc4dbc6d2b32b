import type { Barrier } from '../journal/barrier.ts';
import type { Entry, Event } from '../journal/event.ts';

/** Where the time of a deployment went: seconds by step, in order. Derived from the journal and nothing else. */
export interface TimelineStep {
  readonly step: string;
  readonly took: number;
}

export function timeline(entries: readonly Entry[]): readonly TimelineStep[] {
  const steps: { step: string; took: number }[] = [];
  const last = entries.at(-1);
  let since = entries[0]?.at ?? 0;
  let current = 'build';
  for (const { at, event } of entries) {
    const next = stepAfter(event);
    if (next === null || next === current) continue;
    add(current, at - since);
    since = at;
    current = next;
  }
  // One that was never concluded is still at its last step.
  if (last) add(current, last.at - since);
  return steps.filter(({ took }) => took > 0);

  function add(step: string, milliseconds: number): void {
    const known = steps.find((one) => one.step === step);
    if (known) known.took += milliseconds / 1000;
    else steps.push({ step, took: milliseconds / 1000 });
  }
}

/** The step that begins with an event; null where the running step goes on. */
function stepAfter(event: Event): string | null {
  // What goes back to an earlier release builds nothing.
  if (event.type === 'deployment.started') return event.kind.kind === 'rollback' ? 'prepare' : null;
  if (event.type === 'barrier.reached') return judgingAt(event.barrier);
  if (event.type === 'barrier.judged')
    return event.cause ? null : event.barrier === 'B' ? 'clean-up' : 'traffic shift';
  return beginnings[event.type] ?? null;
}

function judgingAt(barrier: Barrier): string {
  return barrier === 'A' ? 'gates' : barrier === 'B' ? 'bake' : 'compare';
}

const beginnings: Partial<Record<Event['type'], string>> = {
  'release.built': 'register',
  'migration.started': 'migrate',
  'rollout.planned': 'green up',
  'rollback.decided': 'undo',
  'deployment.concluded': 'end',
};
