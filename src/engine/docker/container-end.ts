import { setTimeout as pause } from 'node:timers/promises';
import type { Containers, ContainerState } from './containers.ts';
import { DockerUnreachable } from './endpoint.ts';

/** Between two tries while the daemon does not answer. */
const retryMs = 250;
/** A daemon that is away for longer has lost its containers: it ends them when it stops, and takes seconds to restart. */
const longestAbsenceMs = 30_000;

/** The state in which a container ended, once it has; null where nobody can tell, or nobody looks any more. */
export async function endOf(
  containerId: string,
  containers: Containers,
  closed: AbortSignal,
): Promise<ContainerState | null> {
  let awaySince: number | null = null;
  while (!closed.aborted) {
    try {
      await containers.ended(containerId, closed).catch((failure: unknown) => {
        if (failure instanceof DockerUnreachable) throw failure;
      });
      const state = await containers.state(containerId);
      awaySince = null;
      if (state === null || state.status === 'ended') return state;
    } catch {
      awaySince ??= performance.now();
      if (performance.now() - awaySince > longestAbsenceMs) return null;
    }
    await pause(retryMs, undefined, { signal: closed, ref: false }).catch(() => {});
  }
  return null;
}
