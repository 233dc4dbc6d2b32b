import type { Core } from '../core.ts';
import type { ServiceRow } from '../model/ecs.ts';

const mostEvents = 100;

/** A line in the service's events, newest first. */
export function tell(core: Core, service: Pick<ServiceRow, 'arn'>, message: string, now: number): void {
  const before = core.tables.serviceEvents.get(service.arn);
  const event = { id: core.ids.uuid(), createdAt: now, message };
  core.tables.serviceEvents.put(service.arn, {
    serviceArn: service.arn,
    events: [event, ...(before?.events ?? [])].slice(0, mostEvents),
    steady: before?.steady ?? false,
  });
}

/** Says "steady state" once, each time the service comes to rest. */
export function tellSteadiness(core: Core, service: ServiceRow, steady: boolean, now: number): void {
  const message = `(service ${service.name}) has reached a steady state.`;
  const before = core.tables.serviceEvents.get(service.arn);
  if (before?.steady === steady) return;
  if (steady && before?.events[0]?.message !== message) tell(core, service, message, now);
  const events = core.tables.serviceEvents.get(service.arn)?.events ?? [];
  core.tables.serviceEvents.put(service.arn, { serviceArn: service.arn, events, steady });
}

/** `(task a) (task b)`, as ECS lists tasks. */
export const named = (ids: readonly string[]): string => ids.map((id) => `(task ${id})`).join(' ');
