import { join } from 'node:path';
import type { App, AppEnvironment } from './app.ts';
import type { Build, Scaling, Service, Variable, VariableValue } from './environment.ts';
import { fill, type Words } from './names.ts';
import { buildsWithDocker } from './not-yet.ts';
import type { MobileApp, ScheduledService, StaticSite, VariableNeed } from './resolved.ts';
import { priorities } from './routes.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

type Settings = CheckedEnvironment;
type Said = Settings['services'][string];
type SaidTask = Extract<Said, { kind: 'web' | 'worker' | 'scheduled' }>;
type SaidScale = NonNullable<Extract<Said, { kind: 'web' | 'worker' }>['scale']>;
type SaidImages = Settings['images'];

export interface ResolvedServices {
  readonly services: readonly Service[];
  readonly scheduled: readonly ScheduledService[];
  readonly sites: readonly StaticSite[];
  readonly mobile: readonly MobileApp[];
}

export function resolveServices(app: App, environment: AppEnvironment): ResolvedServices {
  const { settings, engine, origin } = environment;
  const services: Service[] = [];
  const scheduled: ScheduledService[] = [];
  const sites: StaticSite[] = [];
  const mobile: MobileApp[] = [];
  const priority = priorities(settings.services);
  const hostsOf = (name: string, hosts: readonly string[] = []) =>
    engine === 'embedded' && !origin.saysItself(['services', name, 'hosts']) ? [] : hosts;

  for (const [name, said] of Object.entries(settings.services)) {
    const words = { app: app.name, environment: environment.name, service: name };
    switch (said.kind) {
      case 'web':
        services.push({
          kind: 'web',
          ...taskOf(app, environment, name, said),
          port: said.port,
          health: {
            path: said.health.path,
            ...healthTimes(said.health.interval, said.health.timeout, engine),
            healthyThreshold: said.health.healthyThreshold,
            unhealthyThreshold: said.health.unhealthyThreshold ?? usualChecks[engine].unhealthyThreshold,
            grace: said.health.grace ?? usualChecks[engine].grace,
          },
          route: { hosts: hostsOf(name, said.hosts), paths: said.paths, priority: priority.get(name) ?? 1 },
          drain: said.drain,
        });
        break;
      case 'worker':
        services.push({ kind: 'worker', ...taskOf(app, environment, name, said) });
        break;
      case 'scheduled': {
        const {
          engineName: _,
          cluster: __,
          replicas: ___,
          stop: ____,
          scaling: _____,
          ...task
        } = taskOf(app, environment, name, said);
        scheduled.push({ kind: 'scheduled', ...task, schedule: said.schedule, timezone: said.timezone });
        break;
      }
      case 'static': {
        const context = join(app.root, said.build?.context ?? '.');
        sites.push({
          kind: 'static',
          name,
          context,
          command: said.build?.command ?? null,
          folder: join(context, said.folder),
          fallback: said.fallback ?? null,
          hosts: hostsOf(name, said.hosts),
          paths: said.paths,
          bucket: fill(said.bucket ?? '{app}-{environment}-{service}', words),
        });
        break;
      }
      case 'mobile':
        mobile.push({
          kind: 'mobile',
          name,
          context: join(app.root, said.context ?? '.'),
          platforms: said.platforms,
          profile: said.profile,
        });
        break;
      default:
        said satisfies never;
    }
  }
  return { services, scheduled, sites, mobile };
}

/** The embedded engine asks often, and a laptop that is busy for a moment is not ill. */
const usualChecks = {
  embedded: { interval: 1, timeout: 1, unhealthyThreshold: 5, grace: 10 },
  ecs: { interval: 5, timeout: 2, unhealthyThreshold: 2, grace: 60 },
} as const;

/** Unless both are said, a timeout never outlasts the interval. */
function healthTimes(interval: number | undefined, timeout: number | undefined, engine: 'embedded' | 'ecs') {
  const usual = usualChecks[engine];
  if (interval !== undefined) return { interval, timeout: timeout ?? Math.min(usual.timeout, interval) };
  return { interval: Math.max(usual.interval, timeout ?? 0), timeout: timeout ?? usual.timeout };
}

function taskOf(app: App, environment: AppEnvironment, name: string, said: SaidTask) {
  const { settings } = environment;
  const words: Words = { app: app.name, environment: environment.name, service: name };
  const named = (own: string | undefined, usual: string) => fill(own ?? usual, words);
  return {
    name,
    engineName: named(said.names?.service, '{service}'),
    cluster: named(settings.names.cluster, '{app}-{environment}'),
    family: named(said.names?.family, '{app}-{environment}-{service}'),
    containerName: named(said.names?.container, '{service}'),
    build: buildOf(app, environment, name, said, words),
    command: said.command,
    variables: variablesOf({ ...settings.variables, ...said.variables }, words),
    replicas: said.replicas,
    scaling: 'scale' in said && said.scale !== undefined ? scalingOf(said.scale) : null,
    cpu: said.cpu,
    memory: said.memory,
    logGroup: named(said.names?.logGroup, '/fairway/{app}/{environment}/{service}'),
    logPrefix: named(said.names?.logPrefix, 'ecs'),
    stop: { signal: said.stop?.signal ?? 'SIGTERM', grace: said.stop?.grace ?? 30 },
  };
}

function scalingOf({ min, max, cpu, memory, requestsPerTask }: SaidScale): Scaling {
  const nothing = cpu === undefined && memory === undefined && requestsPerTask === undefined;
  const said = [
    { metric: 'cpu' as const, value: nothing ? 70 : cpu },
    { metric: 'memory' as const, value: memory },
    { metric: 'requests-per-task' as const, value: requestsPerTask },
  ];
  const targets = said.flatMap(({ metric, value }) => (value === undefined ? [] : [{ metric, value }]));
  return { min, max, targets };
}

function buildOf(app: App, environment: AppEnvironment, name: string, said: SaidTask, words: Words): Build {
  const context = join(app.root, said.build?.context ?? '.');
  if (buildsWithDocker(environment, name)) {
    const images = { ...environment.settings.images, ...said.images };
    return {
      kind: 'docker',
      context,
      dockerfile: join(context, said.build?.dockerfile ?? 'Dockerfile'),
      repositories: repositoriesOf(images, environment, words),
      tagTemplate: fill(images.tag ?? '{commit}', words),
    };
  }
  const include = said.build?.include ?? ['**'];
  return {
    kind: 'command',
    context,
    command: said.build?.command ?? null,
    include,
    sources: said.build?.sources ?? ['**'],
  };
}

/** Whole repository names without a tag. `{account}` stays where the description does not know it. */
function repositoriesOf(images: SaidImages, environment: AppEnvironment, words: Words): readonly string[] {
  if (environment.engine === 'embedded') return [];
  const { ecr, dockerHub, ghcr } = images;
  const { account = '{account}', region = '{region}' } = environment.settings;
  const none = ecr === undefined && dockerHub === undefined && ghcr === undefined;
  const ecrName = none ? '{app}/{service}' : ecr;
  return [
    ...(ecrName === undefined ? [] : [`${account}.dkr.ecr.${region}.amazonaws.com/${fill(ecrName, words)}`]),
    ...(dockerHub === undefined ? [] : [`docker.io/${fill(dockerHub, words)}`]),
    ...(ghcr === undefined ? [] : [`ghcr.io/${fill(ghcr, words)}`]),
  ];
}

function variablesOf(said: Settings['variables'], words: Words): readonly Variable[] {
  return Object.entries(said).map(([name, value]) => ({ name, value: valueOf(value, words) }));
}

function valueOf(said: Settings['variables'][string], words: Words): VariableValue {
  if (typeof said !== 'object') return { from: 'literal', value: String(said) };
  if ('secret' in said) return { from: 'secret', name: fill(said.secret, words), key: said.key ?? null };
  if ('parameter' in said) return { from: 'parameter', name: fill(said.parameter, words) };
  return { from: 'store', store: said.store, property: said.property };
}

export function needsOf(settings: Settings): Readonly<Record<string, readonly VariableNeed[]>> {
  return Object.fromEntries(
    Object.entries(settings.services).flatMap(([service, said]) => {
      if (!('variables' in said)) return [];
      const given = { ...settings.variables, ...said.variables };
      const needs = Object.entries(said.needs ?? {}).map(([name, need]) => ({
        name,
        description: need.description ?? null,
        required: need.required,
        secret: need.secret,
        given: given[name] !== undefined,
      }));
      return needs.length === 0 ? [] : [[service, needs]];
    }),
  );
}
