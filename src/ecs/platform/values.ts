import type { Environment, Variable } from '../../app/environment.ts';
import { Refusal, type Problem } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import { isTaskService, referenceOf } from '../task-definition.ts';
import { parametersBelow, putParameter, removeParameter } from '../parameters.ts';
import type { Bootstrap } from './job.ts';
import { platformMark } from './names.ts';

/**
 * A secret or parameter that services take their variables from, as it is on this machine. On AWS they exist before a
 * deployment; here `.env` gives their values (by variable name), or `fairway secrets set` does, and what was given once
 * is kept, encrypted, by the engine. What `.env` names comes from there, whatever is kept.
 */
export interface LocalValue {
  readonly reference: string;
  readonly users: readonly [User, ...User[]];
  /** The variable by which `.env` names it, and its value there; null where it does not. */
  readonly given: { readonly variable: string; readonly value: string } | null;
  /** The newest value that the engine keeps. */
  readonly kept: KeptValue | null;
  /** Below it, each value that it had has a place: tasks with the new one are told from tasks with the old. */
  readonly folder: string;
}

export interface User {
  readonly service: string;
  readonly variable: Variable;
}

export interface KeptValue {
  readonly version: number;
  readonly since: Date;
  readonly value: string;
}

type Named = Pick<Environment, 'app' | 'name'>;
type Valued = Named & Pick<Environment, 'services'>;

export async function readValues(
  clients: Clients,
  environment: Valued,
  dotenv: Readonly<Record<string, string>>,
): Promise<readonly LocalValue[]> {
  const kept = await keptValues(clients, environment);
  return referencesIn(environment).map(({ reference, users }) => {
    const named = users.find(({ variable }) => dotenv[variable.name] !== undefined)?.variable.name;
    const value = named === undefined ? undefined : dotenv[named];
    return {
      reference,
      users,
      given: named === undefined || value === undefined ? null : { variable: named, value },
      kept: kept.get(placeOf(reference))?.at(-1) ?? null,
      folder: `${folderOf(environment)}/${placeOf(reference)}`,
    };
  });
}

/**
 * All that is missing is refused at once, before anything is kept.
 * @returns `valueFrom` by reference
 */
export async function ensureValues(
  clients: Clients,
  { environment, dotenv }: Pick<Bootstrap, 'environment' | 'dotenv'>,
): Promise<Readonly<Record<string, string>>> {
  const values = await readValues(clients, environment, dotenv);
  const problems = values.flatMap(({ users: [user], given, kept }) =>
    given === null && kept === null ? [missing(user, environment.root)] : [],
  );
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  await Promise.all(
    values.map(async (local) => {
      if (local.given !== null && local.given.value !== local.kept?.value)
        await putParameter(clients, wantedPlace(local), local.given.value, 'SecureString');
    }),
  );
  return placesOf(values);
}

/** `valueFrom` by reference, as the next deployment will have it, of what has a value. */
export function placesOf(values: readonly LocalValue[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    values
      .filter(({ given, kept }) => given !== null || kept !== null)
      .map((local) => [local.reference, wantedPlace(local)]),
  );
}

/**
 * Keeps a value beside those that running tasks have, for the next deployment.
 * @returns its version
 */
export async function keepValue(
  clients: Clients,
  environment: Named,
  { folder, kept }: Pick<LocalValue, 'folder' | 'kept'>,
  value: string,
): Promise<number> {
  const version = (kept?.version ?? 0) + 1;
  // First: what is not said to be made from anything is looked at by the next deployment.
  await removeParameter(clients, platformMark(environment));
  await putParameter(clients, `${folder}/${version}`, value, 'SecureString');
  return version;
}

/** Every value that was ever kept for an environment: none of them may be shown. */
export async function everKept(clients: Clients, environment: Named): Promise<readonly string[]> {
  return [...(await keptValues(clients, environment)).values()].flat().map(({ value }) => value);
}

/** By place, oldest first. */
async function keptValues(
  clients: Clients,
  environment: Named,
): Promise<ReadonlyMap<string, readonly KeptValue[]>> {
  const found = new Map<string, KeptValue[]>();
  const all = parametersBelow(clients, folderOf(environment), { recursive: true });
  for await (const { name, value, since } of all) {
    const [place = '', version] = name.split('/');
    found.set(place, [...(found.get(place) ?? []), { version: Number(version), since, value }]);
  }
  for (const versions of found.values()) versions.sort((a, b) => a.version - b.version);
  return found;
}

/** The references to secrets and parameters, each with all the variables that take it. */
export function referencesIn({
  services,
}: Pick<Environment, 'services'>): readonly Pick<LocalValue, 'reference' | 'users'>[] {
  const found = new Map<string, [User, ...User[]]>();
  for (const { name: service, variables } of services.filter(isTaskService))
    for (const variable of variables) {
      if (variable.value.from !== 'secret' && variable.value.from !== 'parameter') continue;
      const reference = referenceOf(variable);
      const users = found.get(reference);
      if (users === undefined) found.set(reference, [{ service, variable }]);
      else users.push({ service, variable });
    }
  return [...found].map(([reference, users]) => ({ reference, users }));
}

/** Where the value is that the next deployment takes; one that `.env` changed gets the next place. */
function wantedPlace({ given, kept, folder }: LocalValue): string {
  const version = kept?.version ?? 0;
  return `${folder}/${given === null || given.value === kept?.value ? version : version + 1}`;
}

function folderOf({ app, name }: Named): string {
  return `/fairway/${app}/${name}/values`;
}

/** A part of a parameter's name, different for different references: `secret:shop/db#url` → `secret.3ashop.2fdb.23url`. */
export function placeOf(reference: string): string {
  return reference.replaceAll(/[^a-zA-Z0-9_-]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `.${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

function missing({ service, variable }: User, root: string): Problem {
  const reference = referenceOf(variable);
  const name = reference.slice(reference.indexOf(':') + 1);
  return {
    code: 'value-missing',
    what: `${variable.name} has no value on this machine`,
    where: `services.${service}.variables.${variable.name}`,
    why: `the description takes it from ${reference}, which the embedded engine does not hold`,
    next: `add ${variable.name}=… to ${root}/.env (which git ignores), or give it with \`fairway secrets set ${name}\`, and deploy again`,
  };
}
