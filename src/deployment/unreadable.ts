import { Refusal } from '../refusal.ts';

export function unreadable(service: string, why: string | undefined): Refusal {
  return new Refusal({
    code: 'engine-unreadable',
    what: `the engine does not say what runs as ${service}`,
    why: why ?? 'its answer leaves the service out',
    next: 'try again in a moment',
  });
}
