import type { CheckedEnvironment } from './schema/settings.ts';

type Web = Extract<CheckedEnvironment['services'][string], { kind: 'web' }>;

/** Which route is tried first. What the description says stands; the rest follows it, the more specific first. */
export function priorities(services: CheckedEnvironment['services']): ReadonlyMap<string, number> {
  const webs = Object.entries(services).flatMap(([name, service]) =>
    service.kind === 'web' ? [{ name, service }] : [],
  );
  const said = webs.flatMap(({ name, service }) =>
    service.priority === undefined ? [] : [{ name, priority: service.priority }],
  );
  const taken = new Set(said.map(({ priority }) => priority));
  const result = new Map(said.map(({ name, priority }) => [name, priority]));
  let next = 10;
  for (const { name } of webs
    .filter(({ name }) => !result.has(name))
    .sort((one, other) => weight(other.service) - weight(one.service))) {
    while (taken.has(next)) next += 1;
    result.set(name, next);
    next += 10;
  }
  return result;
}

/** A host narrows more than any path; `*` not at all; a longer pattern more than a shorter one. */
function weight({ hosts = [], paths }: Web): number {
  const longest = Math.max(...paths.map((path) => path.replaceAll('*', '').length));
  return (hosts.length > 0 ? 10_000 : 0) + longest;
}
