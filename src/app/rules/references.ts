import { isPlainObject, type Path, valueAt } from '../path.ts';
import type { Found } from '../problems.ts';
import { list, mustExist } from './rule.ts';

/** What each kind of store can be asked for. */
const PROPERTIES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['postgres', ['url', 'host', 'port', 'user', 'password', 'database']],
  ['redis', ['url', 'host', 'port', 'password']],
  ['bucket', ['url', 'bucket', 'region']],
  ['neo4j', ['url', 'host', 'port', 'user', 'password']],
]);

/** Kinds of service that have no image a migration could run in. */
const WITHOUT_MIGRATION: ReadonlySet<unknown> = new Set(['scheduled', 'static', 'mobile']);

/**
 * What an environment names and does not have. Read from what is written and not from what the schema made of it, so
 * that no mistake in a shape, wherever it is, hides a name that leads nowhere. What has the wrong type is the schema's.
 */
export function references(settings: unknown): readonly Found[] {
  const services = namesIn(settings, 'services');
  const stores = namesIn(settings, 'stores');
  const service = (path: Path) => named(settings, 'service', services, path);
  const found: Found[] = [...variablesFound(settings, ['variables'])];

  for (const name of services) found.push(...variablesFound(settings, ['services', name, 'variables']));
  for (const name of stores) {
    if (valueAt(settings, ['stores', name, 'kind']) === 'bucket') continue;
    const path = ['stores', name, 'secret'];
    const secret = textAt(settings, [...path, 'name']);
    if (secret === null) continue;
    found.push(...secretFound(settings, secret, [...path, 'name']));
    for (const property of namesIn(settings, ...path)) {
      if (property !== 'name') found.push(...keyFound(settings, secret, [...path, property]));
    }
  }
  found.push(...service(['migration', 'service']), ...migrationFound(settings));
  for (const name of namesIn(settings, 'alarms')) {
    found.push(...service(['alarms', name, 'service']));
    found.push(...named(settings, 'store', stores, ['alarms', name, 'store']));
  }
  for (const name of namesIn(settings, 'logQueries')) found.push(...service(['logQueries', name, 'service']));
  for (const name of namesIn(settings, 'recovery')) {
    found.push(...mustExist('service or store', name, [...services, ...stores], ['recovery', name]));
  }
  for (const name of namesIn(settings, 'gates'))
    found.push(...variablesFound(settings, ['gates', name, 'values']));
  found.push(...variableFound(settings, ['sentry', 'dsn']));
  found.push(...variableFound(settings, ['notifications', 'slack']));
  found.push(...variableFound(settings, ['notifications', 'mail', 'sendGrid']));
  return found.map(withoutSpaces);
}

/** A name at a path, if one is there, that must be one of those that exist. */
function named(input: unknown, what: string, existing: readonly string[], path: Path): readonly Found[] {
  const name = textAt(input, path);
  return name === null ? [] : mustExist(what, name, existing, path);
}

function migrationFound(settings: unknown): readonly Found[] {
  const path = ['migration', 'service'];
  const name = textAt(settings, path);
  const kind = name === null ? null : valueAt(settings, ['services', name, 'kind']);
  if (!WITHOUT_MIGRATION.has(kind)) return [];
  return [
    {
      code: 'migration-needs-an-image',
      path,
      what: `Migrations cannot run in \`${name}\`: it is of kind "${String(kind)}".`,
      why: 'They run in the new image of a web service or a worker.',
      next: 'Name a service of kind "web" or "worker".',
    },
  ];
}

function variablesFound(settings: unknown, path: Path): readonly Found[] {
  return namesIn(settings, ...path).flatMap((name) => variableFound(settings, [...path, name]));
}

function variableFound(settings: unknown, path: Path): readonly Found[] {
  const store = textAt(settings, [...path, 'store']);
  if (store !== null) return storeFound(settings, store, path);
  const secret = textAt(settings, [...path, 'secret']);
  return secret === null ? [] : secretFound(settings, secret, path);
}

function storeFound(settings: unknown, name: string, path: Path): readonly Found[] {
  const stores = namesIn(settings, 'stores');
  if (!stores.includes(name)) return mustExist('store', name, stores, [...path, 'store']);
  const kind = valueAt(settings, ['stores', name, 'kind']);
  const property = textAt(settings, [...path, 'property']);
  const known = PROPERTIES.get(kind);
  if (known === undefined || property === null || known.includes(property)) return [];
  // What no store has is refused by the schema.
  if (![...PROPERTIES.values()].flat().includes(property)) return [];
  return [
    {
      code: 'unknown-property',
      path: [...path, 'property'],
      what: `\`${name}\` has no \`${property}\`: it is of kind "${String(kind)}".`,
      why: `A ${String(kind)} has ${list(known)}.`,
      next: 'Ask for one of these.',
    },
  ];
}

function secretFound(settings: unknown, secret: string, path: Path): readonly Found[] {
  const where = path.at(-1) === 'name' ? path : [...path, 'secret'];
  const missing = mustExist('secret', secret, namesIn(settings, 'secrets'), where);
  if (missing.length > 0) return missing.map((problem) => withAdvice(problem, secret));
  if (path.at(-1) === 'name') return [];
  return valueAt(settings, [...path, 'key']) === undefined
    ? wholeFound(settings, secret, path)
    : keyFound(settings, secret, [...path, 'key']);
}

function withAdvice(problem: Found, secret: string): Found {
  if (problem.next.startsWith('Did you mean')) return problem;
  return { ...problem, next: `Declare it: secrets: { ${JSON.stringify(secret)}: { keys: […] } }.` };
}

/** A secret of several keys is JSON; hardly anybody wants all of it in one variable. */
function wholeFound(settings: unknown, secret: string, path: Path): readonly Found[] {
  if (valueAt(settings, ['secrets', secret, 'keys']) === undefined) return [];
  return [
    {
      code: 'missing-key',
      path: [...path, 'key'],
      what: `The secret \`${secret}\` has several keys, and none is named.`,
      why: `Expected one of ${list(keysOf(settings, secret))}.`,
      next: 'Add `key`.',
    },
  ];
}

function keyFound(settings: unknown, secret: string, path: Path): readonly Found[] {
  if (!namesIn(settings, 'secrets').includes(secret)) return [];
  return named(settings, 'secret key', keysOf(settings, secret), path);
}

function keysOf(settings: unknown, secret: string): readonly string[] {
  const keys = valueAt(settings, ['secrets', secret, 'keys']);
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
}

/** References between environments, and from what is said once for the app. Read from what is written, too. */
export function appReferences(app: unknown): readonly Found[] {
  const environments = [...new Set(['local', ...namesIn(app, 'environments')])];
  const services = namesIn(app, 'services');
  const stores = namesIn(app, 'stores');
  const found: Found[] = [...named(app, 'environment', environments, ['previews', 'from'])];
  for (const name of namesIn(app, 'pipeline', 'jobs')) {
    const job = ['pipeline', 'jobs', name];
    found.push(...eachNamed(app, 'store', stores, [...job, 'stores']));
    found.push(...eachNamed(app, 'service', services, [...job, 'images']));
  }
  const said = namesIn(app, 'environments').flatMap((name) => namesIn(app, 'environments', name, 'alarms'));
  const alarms = [...namesIn(app, 'alarms'), ...said];
  const severities = namesIn(app, 'severities');
  for (const name of namesIn(app, 'runbooks')) {
    found.push(...named(app, 'severity', severities, ['runbooks', name, 'severity']));
    found.push(...eachNamed(app, 'alarm', alarms, ['runbooks', name, 'alarms']));
  }
  // An environment that waits for another one.
  for (const name of namesIn(app, 'environments')) {
    const others = environments.filter((other) => other !== name);
    found.push(...named(app, 'environment', others, ['environments', name, 'deployOn', 'after']));
  }
  return found.map(withoutSpaces);
}

function eachNamed(input: unknown, what: string, existing: readonly string[], path: Path): readonly Found[] {
  const names = valueAt(input, path);
  if (!Array.isArray(names)) return [];
  return names.flatMap((_, index) => named(input, what, existing, [...path, index]));
}

function namesIn(input: unknown, ...path: Path): readonly string[] {
  const table = valueAt(input, path);
  return isPlainObject(table) ? Object.keys(table) : [];
}

function textAt(input: unknown, path: Path): string | null {
  const value = valueAt(input, path);
  return typeof value === 'string' ? value : null;
}

function withoutSpaces(problem: Found): Found {
  return { ...problem, code: problem.code.replaceAll(' ', '-') };
}
