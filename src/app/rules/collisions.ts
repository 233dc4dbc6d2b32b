import type { AppEnvironment } from '../app.ts';
import { fill } from '../names.ts';
import type { Found } from '../problems.ts';

/** Two environments under one name in one place would overwrite each other: staging would be deployed onto production. */
export function collisionsFound(
  app: string,
  environments: ReadonlyMap<string, AppEnvironment>,
): readonly Found[] {
  const found: Found[] = [];
  const owners = new Map<string, string>();
  for (const { name: environment, engine, settings, origin } of environments.values()) {
    if (engine !== 'ecs') continue;
    const place = `${settings.account ?? 'the same account'}, ${settings.region ?? ''}`;
    const cluster = fill(settings.names.cluster ?? '{app}-{environment}', { app, environment });
    for (const [name, service] of Object.entries(settings.services)) {
      if (service.kind === 'static' || service.kind === 'mobile') continue;
      const engineName = fill(service.names?.service ?? '{service}', { app, environment, service: name });
      const key = `${place} ${cluster} ${engineName}`;
      const other = owners.get(key);
      if (other === undefined) owners.set(key, environment);
      else {
        const path =
          settings.names.cluster === undefined
            ? ['services', name, 'names', 'service']
            : ['names', 'cluster'];
        found.push({
          code: 'names-collide',
          path: origin.locate(path),
          what: `\`${other}\` and \`${environment}\` are the same: the service \`${engineName}\` of the cluster \`${cluster}\`, in ${place}.`,
          why: 'Deploying one would replace the other.',
          next: `Give ${environment} its own names.cluster, such as '${cluster}-${environment}', or its own \`account\`.`,
        });
        break;
      }
    }
  }
  return found;
}
