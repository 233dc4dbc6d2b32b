import { createHash } from 'node:crypto';
import type { Environment } from '../../app/environment.ts';

type Named = Pick<Environment, 'app' | 'name'>;

export function balancerName({ app, name }: Named): string {
  return shortName(`${app}-${name}`);
}

/** The two target groups of a service, which the engine alternates between. */
export function groupNames({ app, name }: Named, service: string): readonly [string, string] {
  return [shortName(`${app}-${name}-${service}-a`), shortName(`${app}-${name}-${service}-b`)];
}

/** The parameter that says what the platform was last made from. Below a name of its own: a service may be called `platform`. */
export function platformMark({ app, name }: Named): string {
  return `/fairway/${app}/${name}/platform/fingerprint`;
}

/** At most 32 characters, as ELB wants names; a longer one keeps its start and gets a hash for its end. */
export function shortName(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9-]/g, '-');
  if (plain === name && plain.length <= 32) return plain;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${plain.slice(0, 23).replace(/-+$/, '')}-${hash}`;
}
