import type { Environment } from '../app/environment.ts';
import { createActs } from '../ecs/act.ts';
import type { Handover } from '../ecs/handover.ts';
import { createObserver } from '../ecs/observe.ts';
import { isTaskService } from '../ecs/task-definition.ts';
import { emptyRecord, fold } from '../journal/fold.ts';
import type { Lease } from '../journal/lease.ts';
import type { Entry, Event } from '../journal/event.ts';
import type { Deployment, Tools } from './context.ts';

/** A deployment under a lease: new, or one of before whose journal is folded. */
export function open(
  environment: Environment,
  handovers: ReadonlyMap<string, Handover>,
  tools: Tools,
  lease: Lease,
  id: string,
  entries: readonly Entry[] = [],
): Deployment {
  const services = environment.services.filter(isTaskService);
  const addresses = services.map(({ name, cluster, engineName }) => ({ service: name, cluster, engineName }));
  let record = fold(entries, emptyRecord);
  let held = lease;
  // A judgement and the loop both write: one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    id,
    environment,
    services,
    handovers,
    platform: tools.platform,
    acts: createActs(tools.clients),
    observer: createObserver(tools.clients, addresses, tools.clock),
    record: () => record,
    async renew() {
      held = await tools.journal.renew(held);
    },
    append(event: Event) {
      const written = last.then(async () => {
        const entry = await tools.journal.append(held, id, event);
        record = fold([entry], record);
        tools.report({ kind: 'entry', deployment: id, entry });
      });
      last = written.catch(() => undefined);
      return written;
    },
  };
}

export function started({ who, host, version }: Tools) {
  return {
    type: 'deployment.started',
    kind: { kind: 'deploy' },
    by: who,
    host: host.name,
    fairway: version,
  } as const;
}
