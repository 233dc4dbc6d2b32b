import { deploymentAlarms } from './alarms.ts';
import type { AppEnvironment } from './app.ts';
import type { NotYet } from './environment.ts';
import { type Path, renderPath } from './path.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

/** PostgreSQL extensions that a server on this machine gets when it is made. */
const EMBEDDED_EXTENSIONS: readonly string[] = ['postgis'];

/**
 * Who acts on each setting. A new setting has to be entered here: what a deployment would silently ignore must be
 * `refused until acted on`.
 * - `deployment`: a deployment acts on it, or parts of it are looked at below.
 * - `other jobs`: it describes what lasts, or what people do (infrastructure, pipeline, watching, recovery). Other
 *   commands act on it; a deployment without them is still what was asked for.
 * - `only on AWS`: the embedded engine has no use for it. Inherited from the app it is no request to that engine; said by
 *   an environment on that engine it is.
 */
const WHO_ACTS = {
  engine: 'deployment',
  ports: 'deployment',
  services: 'deployment',
  stores: 'deployment',
  variables: 'deployment',
  migration: 'deployment',
  gates: 'deployment',
  strategy: 'deployment',
  journal: 'deployment',
  approvals: 'only on AWS',
  alarms: 'only on AWS',
  images: 'only on AWS',
  notifications: 'only on AWS',
  sentry: 'only on AWS',
  region: 'only on AWS',
  account: 'only on AWS',
  domain: 'only on AWS',
  secrets: 'other jobs',
  names: 'other jobs',
  network: 'other jobs',
  terraform: 'other jobs',
  dashboards: 'other jobs',
  logQueries: 'other jobs',
  logs: 'other jobs',
  recovery: 'other jobs',
  deployOn: 'other jobs',
} as const satisfies Record<keyof CheckedEnvironment, 'deployment' | 'other jobs' | 'only on AWS'>;

/** What this environment asks for and this version does not do. Checking, planning and rendering work all the same. */
export function notYetIn(environment: AppEnvironment): readonly NotYet[] {
  const { settings } = environment;
  const asked = [
    ...servicesAsked(environment),
    ...storesAsked(environment),
    ...(settings.migration?.backUpFirst === true
      ? [{ path: ['migration', 'backUpFirst'], what: 'a backup before migrations' }]
      : []),
    ...gatesAsked(settings),
    ...awsAsked(environment),
  ];
  return asked.map(({ path, what }) => ({ path: renderPath(environment.origin.locate(path)), what }));
}

interface Asked {
  readonly path: Path;
  readonly what: string;
}

function servicesAsked(environment: AppEnvironment): readonly Asked[] {
  const { settings } = environment;
  const asked: Asked[] = [];
  for (const [name, service] of Object.entries(settings.services)) {
    const at = (...keys: readonly string[]) => ['services', name, ...keys];
    const onAws = (key: string, what: string): readonly Asked[] =>
      asks(environment, at(key)) ? [{ path: at(key), what }] : [];
    if (service.kind === 'static' || service.kind === 'mobile') {
      asked.push({ path: at('kind'), what: service.kind === 'static' ? 'static sites' : 'mobile builds' });
      continue;
    }
    if (service.kind === 'scheduled') asked.push({ path: at('kind'), what: 'scheduled services' });
    if (service.kind === 'worker' && service.singleton)
      asked.push({ path: at('singleton'), what: 'workers of which there are never two' });
    if (service.taskDefinition !== undefined)
      asked.push(...onAws('taskDefinition', 'reading in an existing task definition'));
    if (service.images !== undefined) asked.push(...onAws('images', 'pushing to registries'));
    if (service.disk !== 20) asked.push(...onAws('disk', "the size of a task's disk"));
  }
  return asked;
}

/** The embedded engine runs what a command built; an image from a Dockerfile only where nothing else is said. */
export function buildsWithDocker(environment: AppEnvironment, name: string): boolean {
  const service = environment.settings.services[name];
  if (service === undefined || service.kind === 'static' || service.kind === 'mobile') return false;
  if (environment.engine === 'ecs') return true;
  const { build } = service;
  return build?.dockerfile !== undefined && build.command === undefined && build.include === undefined;
}

/** Of a store on the embedded engine. */
const UNUSED_OF_STORES = ['port', 'size', 'storage', 'multiZone', 'backups', 'secret', 'names', 'mode'];
/** A bucket there is the engine's own S3, and not MinIO. */
const UNUSED_OF_BUCKETS = ['image', 'version', 'initImage', 'consolePort', 'cdn'];

function storesAsked(environment: AppEnvironment): readonly Asked[] {
  // On AWS stores are infrastructure: they last, and a deployment only refers to them.
  if (environment.engine === 'ecs') return [];
  return Object.entries(environment.settings.stores).flatMap(([name, store]): readonly Asked[] => {
    const at = (...keys: readonly string[]) => ['stores', name, ...keys];
    const asked: Asked[] = [];
    const extensions = store.kind === 'postgres' ? store.extensions : [];
    for (const extension of extensions.filter((name) => !EMBEDDED_EXTENSIONS.includes(name)))
      asked.push({
        path: at('extensions'),
        what: `the PostgreSQL extension ${extension} on the embedded engine`,
      });
    if (store.kind === 'neo4j' && store.edition !== 'community')
      asked.push({ path: at('edition'), what: `Neo4j's ${store.edition} edition on the embedded engine` });
    for (const key of [...UNUSED_OF_STORES, ...(store.kind === 'bucket' ? UNUSED_OF_BUCKETS : [])]) {
      if (asks(environment, at(key)))
        asked.push({ path: at(key), what: `\`${key}\` of a store on the embedded engine` });
    }
    return asked;
  });
}

function gatesAsked(settings: CheckedEnvironment): readonly Asked[] {
  return Object.entries(settings.gates).flatMap(([name, gate]) =>
    gate.kind === 'smoke' && gate.values !== undefined
      ? [{ path: ['gates', name, 'values'], what: 'smoke tests that start with kept secrets' }]
      : [],
  );
}

type OnlyOnAws = {
  [Key in keyof typeof WHO_ACTS]: (typeof WHO_ACTS)[Key] extends 'only on AWS' ? Key : never;
}[keyof typeof WHO_ACTS];

const ONLY_ON_AWS = [
  'approvals',
  'alarms',
  'images',
  'notifications',
  'sentry',
  'region',
  'account',
  'domain',
] as const satisfies readonly OnlyOnAws[];

/** On Amazon ECS these have to be acted on; region, account and domain are acted on by naming them. */
const AWS_WORDS: Readonly<Partial<Record<OnlyOnAws, string>>> = {
  approvals: 'approvals',
  alarms: 'alarms',
  images: 'pushing to registries',
};

function awsAsked(environment: AppEnvironment): readonly Asked[] {
  const { engine, origin } = environment;
  return ONLY_ON_AWS.flatMap((key) => {
    const what = AWS_WORDS[key];
    if (engine === 'ecs') return what !== undefined && origin.isSaid([key]) ? [{ path: [key], what }] : [];
    // Alarms that roll a deployment back are acted on, one by one.
    if (key === 'alarms') return alarmsAsked(environment);
    const known = what ?? `\`${key}\``;
    return origin.saysItself([key]) ? [{ path: [key], what: `${known} on the embedded engine` }] : [];
  });
}

function alarmsAsked({ origin, settings }: AppEnvironment): readonly Asked[] {
  const watched = new Set(deploymentAlarms(settings.alarms).map(({ name }) => name));
  return Object.keys(settings.alarms).flatMap((name) =>
    watched.has(name) || !origin.saysItself(['alarms', name])
      ? []
      : [
          {
            path: ['alarms', name],
            what: 'an alarm that does not roll back, or not by what a service does, on the embedded engine',
          },
        ],
  );
}

/** What only AWS acts on is asked of the embedded engine by the environment itself only, never by inheritance. */
function asks({ engine, origin }: AppEnvironment, path: Path): boolean {
  return engine === 'ecs' || origin.saysItself(path);
}
