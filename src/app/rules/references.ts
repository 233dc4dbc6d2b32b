import type { AppEnvironment } from '../app.ts';
import type { Path } from '../path.ts';
import type { Found } from '../problems.ts';
import type { CheckedEnvironment } from '../schema/settings.ts';
import { type AppRule, type EnvironmentRule, list, mustExist } from './rule.ts';

type Settings = CheckedEnvironment;
type Value = Settings['variables'][string];
type StoreKind = Settings['stores'][string]['kind'];

/** What each kind of store can be asked for. */
const PROPERTIES: Readonly<Record<StoreKind, readonly string[]>> = {
  postgres: ['url', 'host', 'port', 'user', 'password', 'database'],
  redis: ['url', 'host', 'port', 'password'],
  bucket: ['url', 'bucket', 'region'],
  neo4j: ['url', 'host', 'port', 'user', 'password'],
};

export const references: EnvironmentRule = ({ settings }) => {
  const services = Object.keys(settings.services);
  const stores = Object.keys(settings.stores);
  const found: Found[] = [...variablesFound(settings, settings.variables, ['variables'])];

  for (const [name, service] of Object.entries(settings.services)) {
    if (!('variables' in service) || service.variables === undefined) continue;
    found.push(...variablesFound(settings, service.variables, ['services', name, 'variables']));
  }
  for (const [name, store] of Object.entries(settings.stores)) {
    if (store.kind === 'bucket' || store.secret === undefined) continue;
    const { name: secret, ...keys } = store.secret;
    found.push(...secretFound(settings, secret, undefined, ['stores', name, 'secret', 'name']));
    for (const [property, key] of Object.entries(keys)) {
      found.push(...keyFound(settings, secret, key, ['stores', name, 'secret', property]));
    }
  }
  if (settings.migration !== undefined) {
    const path = ['migration', 'service'];
    const service = settings.services[settings.migration.service];
    found.push(...mustExist('service', settings.migration.service, services, path));
    if (service !== undefined && service.kind !== 'web' && service.kind !== 'worker') {
      found.push({
        code: 'migration-needs-an-image',
        path,
        what: `Migrations cannot run in \`${settings.migration.service}\`: it is of kind "${service.kind}".`,
        why: 'They run in the new image of a web service or a worker.',
        next: 'Name a service of kind "web" or "worker".',
      });
    }
  }
  for (const [name, alarm] of Object.entries(settings.alarms)) {
    if (alarm.service !== undefined)
      found.push(...mustExist('service', alarm.service, services, ['alarms', name, 'service']));
    if (alarm.store !== undefined)
      found.push(...mustExist('store', alarm.store, stores, ['alarms', name, 'store']));
  }
  for (const [name, query] of Object.entries(settings.logQueries)) {
    if (query.service !== undefined)
      found.push(...mustExist('service', query.service, services, ['logQueries', name, 'service']));
  }
  for (const name of Object.keys(settings.recovery)) {
    found.push(...mustExist('service or store', name, [...services, ...stores], ['recovery', name]));
  }
  for (const [name, gate] of Object.entries(settings.gates)) {
    if (gate.kind === 'smoke')
      found.push(...variablesFound(settings, gate.values ?? {}, ['gates', name, 'values']));
  }
  if (settings.sentry !== undefined)
    found.push(...variablesFound(settings, { dsn: settings.sentry.dsn }, ['sentry']));
  return found.map((problem) => ({ ...problem, code: problem.code.replaceAll(' ', '-') }));
};

function variablesFound(
  settings: Settings,
  values: Readonly<Record<string, Value>>,
  path: Path,
): readonly Found[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (typeof value !== 'object') return [];
    const here = [...path, name];
    if ('store' in value) return storeFound(settings, value, here);
    if ('secret' in value) return secretFound(settings, value.secret, value.key, here);
    return [];
  });
}

function storeFound(
  settings: Settings,
  value: { store: string; property: string },
  path: Path,
): readonly Found[] {
  const store = settings.stores[value.store];
  if (store === undefined)
    return mustExist('store', value.store, Object.keys(settings.stores), [...path, 'store']);
  const known = PROPERTIES[store.kind];
  if (known.includes(value.property)) return [];
  return [
    {
      code: 'unknown-property',
      path: [...path, 'property'],
      what: `\`${value.store}\` has no \`${value.property}\`: it is of kind "${store.kind}".`,
      why: `A ${store.kind} has ${list(known)}.`,
      next: 'Ask for one of these.',
    },
  ];
}

function secretFound(
  settings: Settings,
  secret: string,
  key: string | undefined,
  path: Path,
): readonly Found[] {
  const where = path.at(-1) === 'name' ? path : [...path, 'secret'];
  const missing = mustExist('secret', secret, Object.keys(settings.secrets), where);
  if (missing.length > 0) return missing.map((problem) => withAdvice(problem, secret));
  return key === undefined
    ? wholeFound(settings, secret, path)
    : keyFound(settings, secret, key, [...path, 'key']);
}

function withAdvice(problem: Found, secret: string): Found {
  if (problem.next.startsWith('Did you mean')) return problem;
  return { ...problem, next: `Declare it: secrets: { ${JSON.stringify(secret)}: { keys: […] } }.` };
}

/** A secret of several keys is JSON; hardly anybody wants all of it in one variable. */
function wholeFound(settings: Settings, secret: string, path: Path): readonly Found[] {
  const keys = settings.secrets[secret]?.keys;
  if (keys === undefined || path.at(-1) === 'name') return [];
  return [
    {
      code: 'missing-key',
      path: [...path, 'key'],
      what: `The secret \`${secret}\` has several keys, and none is named.`,
      why: `Expected one of ${list(keys)}.`,
      next: 'Add `key`.',
    },
  ];
}

function keyFound(settings: Settings, secret: string, key: string | undefined, path: Path): readonly Found[] {
  const declared = settings.secrets[secret];
  if (declared === undefined || key === undefined) return [];
  return mustExist('secret key', key, declared.keys ?? [], path);
}

/** References between environments, and from what is said once for the app. */
export const appReferences: AppRule = (app) => {
  const environments = [...new Set(['local', ...Object.keys(app.environments)])];
  const services = Object.keys(app.services);
  const found: Found[] = [];
  if (app.previews !== undefined)
    found.push(...mustExist('environment', app.previews.from, environments, ['previews', 'from']));
  for (const [name, job] of Object.entries(app.pipeline?.jobs ?? {})) {
    const at = (key: string, index: number) => ['pipeline', 'jobs', name, key, index];
    found.push(
      ...job.stores.flatMap((store, index) =>
        mustExist('store', store, Object.keys(app.stores), at('stores', index)),
      ),
      ...job.images.flatMap((service, index) => mustExist('service', service, services, at('images', index))),
    );
  }
  const alarms = [...Object.keys(app.alarms), ...Object.values(app.environments).flatMap(alarmsOf)];
  for (const [name, runbook] of Object.entries(app.runbooks)) {
    const severities = Object.keys(app.severities);
    if (runbook.severity !== undefined) {
      found.push(...mustExist('severity', runbook.severity, severities, ['runbooks', name, 'severity']));
    }
    found.push(
      ...runbook.alarms.flatMap((alarm, index) =>
        mustExist('alarm', alarm, alarms, ['runbooks', name, 'alarms', index]),
      ),
    );
  }
  return found.map((problem) => ({ ...problem, code: problem.code.replaceAll(' ', '-') }));
};

function alarmsOf(environment: Readonly<Record<string, unknown>>): readonly string[] {
  const { alarms } = environment;
  return typeof alarms === 'object' && alarms !== null ? Object.keys(alarms) : [];
}

/** An environment that waits for another one. */
export function promotionsFound(environments: ReadonlyMap<string, AppEnvironment>): readonly Found[] {
  return [...environments.values()].flatMap(({ name, settings }) => {
    const after = settings.deployOn?.after;
    if (after === undefined) return [];
    const others = [...environments.keys()].filter((other) => other !== name);
    return mustExist('environment', after, others, ['environments', name, 'deployOn', 'after']);
  });
}
