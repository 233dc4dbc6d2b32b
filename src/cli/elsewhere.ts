import type { Environment } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';

/** Where an environment on Amazon ECS is, in words; null for one on this machine. */
function elsewhere({ engine, services }: Pick<Environment, 'engine' | 'services'>): string | null {
  if (engine.kind === 'embedded') return null;
  const clusters = new Set(services.flatMap((service) => ('cluster' in service ? [service.cluster] : [])));
  const names = [...clusters].join(', ');
  return `Amazon ECS, ${engine.region}${names === '' ? '' : `, cluster ${names}`}`;
}

/** Asked for what this version does on this machine only. */
export function notElsewhere(
  environment: Pick<Environment, 'name' | 'engine' | 'services'>,
  what: string,
  next: string,
): void {
  const where = elsewhere(environment);
  if (where === null) return;
  throw new Refusal({
    code: 'not-yet',
    what: `not yet: ${what} (${environment.name} is on ${where})`,
    where: `environments.${environment.name}.engine`,
    why: 'this version does that only for environments on the embedded engine',
    next,
  });
}
