import type { Found } from '../problems.ts';
import { type EnvironmentRule, list } from './rule.ts';

/** One rule of an AWS load balancer takes five values in all. */
const VALUES_PER_RULE = 5;

export const routes: EnvironmentRule = ({ settings, engine, origin }) => {
  const found: Found[] = [];
  const taken = new Map<string, string>();
  for (const [name, service] of Object.entries(settings.services)) {
    if (service.kind !== 'web' && service.kind !== 'static') continue;
    const path = ['services', name, 'hosts'];
    const hosts = engine === 'embedded' && !origin.saysItself(path) ? [] : (service.hosts ?? []);
    if (hosts.length + service.paths.length > VALUES_PER_RULE) {
      found.push({
        code: 'too-many-routes',
        path: ['services', name, 'paths'],
        what: `\`${name}\` has ${hosts.length} hosts and ${service.paths.length} paths.`,
        why: `A load balancer rule takes ${VALUES_PER_RULE} together.`,
        next: 'Put several paths into one pattern, such as `/api/*`.',
      });
    }
    for (const host of hosts.length === 0 ? ['*'] : hosts) {
      for (const [index, pattern] of service.paths.entries()) {
        const route = `${host} ${pattern === '/*' ? '*' : pattern}`;
        const other = taken.get(route);
        if (other !== undefined) {
          const at = origin.saysItself(['services', name, 'paths'])
            ? ['services', name, 'paths', index]
            : ['services', name];
          found.push({
            code: 'route-taken-twice',
            path: at,
            what: `${list([other, name])} both answer to ${host === '*' ? '' : `${host} `}\`${pattern}\`.`,
            why: 'A request can go to one of them only.',
            next: `Give \`${name}\` its own \`paths\` or \`hosts\`.`,
          });
        }
        taken.set(route, other ?? name);
      }
    }
  }
  return found;
};
