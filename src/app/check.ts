import type { Problem } from '../refusal.ts';
import type { App, AppEnvironment, Origin } from './app.ts';
import { merge } from './merge.ts';
import { originOf } from './origin.ts';
import { isPlainObject, type Path, type PlainObject, renderPath, valueAt } from './path.ts';
import { type Found, problemsOf } from './problems.ts';
import { alarms } from './rules/alarms.ts';
import { collisionsFound } from './rules/collisions.ts';
import { needs } from './rules/needs.ts';
import { placement } from './rules/placement.ts';
import { appReferences, references } from './rules/references.ts';
import { routes } from './rules/routes.ts';
import { type EnvironmentRule, mustExist } from './rules/rule.ts';
import { sizes } from './rules/sizes.ts';
import { smoke } from './rules/smoke.ts';
import { strategy } from './rules/strategy.ts';
import { asWritten, misspeltKeys, readAsMeant } from './misspelt.ts';
import { salvage, stands } from './salvage.ts';
import {
  app as appSchema,
  type CheckedApp,
  type CheckedEnvironment,
  environment as environmentSchema,
} from './schema/settings.ts';

export type Checked =
  | { readonly ok: true; readonly app: App }
  | { readonly ok: false; readonly problems: readonly [Problem, ...Problem[]] };

const RULES: readonly EnvironmentRule[] = [needs, routes, smoke, sizes, strategy, alarms, placement];

/**
 * All problems of a description at once, or the app. Takes any value and never throws.
 * `root` is the folder of `fairway.config.ts`, absolute.
 */
export function checkDescription(input: unknown, root = '/'): Checked {
  const { description, environments, found } = asMeant(input);
  const [first, ...rest] = distinct(found.map(toProblem));
  if (first !== undefined) return { ok: false, problems: [first, ...rest] };
  if (description === null) throw new Error('the schema refused a description and gave no reason');
  const { name } = description;
  return {
    ok: true,
    app: { name, root, description, environments: [...environments.keys()], byName: environments },
  };
}

interface Inspected {
  readonly found: readonly Found[];
  /** Null where the schema refuses it. */
  readonly description: CheckedApp | null;
  /** Those that are sound. */
  readonly environments: ReadonlyMap<string, AppEnvironment>;
}

/** Below a misspelt key there may be another one, and so on. */
const MISSPELT_WITHIN = 4;

/** Reads a misspelt key as the one it was probably meant to be, so that it hides nothing of what stands below it. */
function asMeant(input: unknown, within = 0): Inspected {
  const inspected = inspect(input);
  const misspelt = within === MISSPELT_WITHIN ? [] : misspeltKeys(inspected.found, input);
  if (misspelt.length === 0) return inspected;
  const read = asMeant(readAsMeant(misspelt, input), within + 1);
  const found = read.found.map((problem) => ({ ...problem, path: asWritten(problem.path, misspelt) }));
  return { ...read, found: [...misspelt, ...found] };
}

function inspect(input: unknown): Inspected {
  const parsed = appSchema.safeParse(input);
  const found: Found[] = parsed.success ? [] : [...problemsOf(parsed.error.issues, input)];
  const environments = new Map<string, AppEnvironment>();
  const base = settingsOf(input);

  for (const [name, said] of environmentsOf(input)) {
    const { environment, problems } = checkEnvironment(name, said, base, found);
    found.push(...problems);
    if (environment !== null) environments.set(name, environment);
  }
  found.push(...appReferences(input));
  const app = valueAt(input, ['name']);
  if (typeof app === 'string') found.push(...collisionsFound(app, environments));
  return { found, description: parsed.success ? parsed.data : null, environments };
}

/** `local` exists without being said, and comes first. `null` stands for what nobody wrote. */
function environmentsOf(input: unknown): ReadonlyMap<string, PlainObject | null> {
  const said = isPlainObject(input) && isPlainObject(input['environments']) ? input['environments'] : {};
  const environments = new Map<string, PlainObject | null>([['local', null]]);
  for (const [name, environment] of Object.entries(said)) {
    if (isPlainObject(environment)) environments.set(name, environment);
  }
  return environments;
}

/** What the app says that an environment may say again. */
function settingsOf(input: unknown): PlainObject {
  const entries = isPlainObject(input) ? Object.entries(input) : [];
  const known = environmentSchema.shape;
  return Object.fromEntries(
    entries.filter(([key]) => Object.hasOwn(known, key) && Object.hasOwn(appSchema.shape, key)),
  );
}

interface EnvironmentFound {
  readonly environment: AppEnvironment | null;
  readonly problems: readonly Found[];
}

function checkEnvironment(
  name: string,
  said: PlainObject | null,
  base: PlainObject,
  known: readonly Found[],
): EnvironmentFound {
  const strangers =
    said === null
      ? []
      : [
          ...strangersIn(said, base, 'services', 'service', name),
          ...strangersIn(said, base, 'stores', 'store', name),
        ];
  const settings = merge(base, said === null ? {} : without(said, strangers));
  const origin = originOf(name, base, said, said !== null);
  const parsed = environmentSchema.safeParse(settings);
  const refused = parsed.success ? [] : problemsOf(parsed.error.issues, settings);
  const sound = parsed.success
    ? { data: parsed.data, lost: [] }
    : salvage(environmentSchema, settings, refused);
  const environment = sound === null ? null : environmentOf(name, sound.data, origin);
  const broken = environment === null ? [] : RULES.flatMap((rule) => rule(environment));
  const gone = strangers.map(({ path }) => path.slice(2));
  const stillBroken = [
    ...references(merge(base, said ?? {})),
    ...broken.filter((problem) => stands(problem, [...(sound?.lost ?? []), ...gone], settings)),
  ];

  // What the app itself has wrong was found before; only what the environment adds is new.
  const reported = new Set(known.map(({ path, code }) => `${code} ${renderPath(path)}`));
  const added = refused
    .filter(({ path, code }) => said !== null && !reported.has(`${code} ${renderPath(path)}`))
    .map((problem) => moved(problem, origin.locate(problem.path)))
    .filter(({ path }) => path[0] === 'environments');
  const problems = [
    ...strangers,
    ...added,
    ...stillBroken.map((problem) => moved(problem, origin.locate(problem.path))),
  ];
  return { environment: parsed.success ? environment : null, problems };
}

function environmentOf(name: string, settings: CheckedEnvironment, origin: Origin): AppEnvironment {
  return { name, engine: settings.engine ?? (name === 'local' ? 'embedded' : 'ecs'), settings, origin };
}

/** Services and stores that only an environment knows: they are misspelt. */
function strangersIn(
  said: PlainObject,
  base: PlainObject,
  key: string,
  what: string,
  environment: string,
): readonly Found[] {
  const here = said[key];
  const there = base[key];
  if (!isPlainObject(here)) return [];
  const existing = isPlainObject(there) ? Object.keys(there) : [];
  return Object.keys(here).flatMap((name) =>
    mustExist(what, name, existing, ['environments', environment, key, name]),
  );
}

function without(said: PlainObject, strangers: readonly Found[]): PlainObject {
  const gone = new Set(strangers.map(({ path }) => `${path[2]} ${path[3]}`));
  return Object.fromEntries(
    Object.entries(said).map(([key, value]) => {
      if (!isPlainObject(value) || (key !== 'services' && key !== 'stores')) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).filter(([name]) => !gone.has(`${key} ${name}`)))];
    }),
  );
}

/** The same problem, told from where the user said it. */
function moved(problem: Found, path: Path): Found {
  if (problem.code !== 'unknown-key' || path[0] !== 'environments') return { ...problem, path };
  const key = String(path.at(-1));
  const owner = renderPath(path.slice(0, -1));
  if (path.length > 3 || !Object.hasOwn(appSchema.shape, key))
    return { ...problem, path, what: `\`${owner}\` has no key \`${key}\`.` };
  return {
    ...problem,
    path,
    what: `\`${key}\` is said once, for the app, and not by an environment.`,
    next: `Move \`${key}\` out of \`${owner}\`, to the top.`,
  };
}

function toProblem({ path, meant: _, ...problem }: Found): Problem {
  const where = renderPath(path);
  if (isAppLoadGate(path, problem)) {
    const name = String(path[1]);
    return {
      ...problem,
      where,
      what: 'A load gate is asked for by an environment.',
      why: 'Said for the whole app it would also load production.',
      next: `Move it to environments.<name>.gates${renderPath(['x', name]).slice(1)}.`,
    };
  }
  return where === '' ? problem : { ...problem, where };
}

function isAppLoadGate(path: Path, problem: Problem): boolean {
  return path.length === 3 && path[0] === 'gates' && path[2] === 'kind' && problem.what === 'Found "load".';
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [`${problem.where ?? ''}\n${problem.what}`, problem]));
  return [...seen.values()];
}
