import type { Variable } from '../../app/environment.ts';
import { Refusal, type Problem } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import { referenceOf, type TaskService } from '../task-definition.ts';
import { putParameter } from '../parameters.ts';
import type { Bootstrap } from './job.ts';

/**
 * Secrets and parameters on this machine. On AWS they exist before a deployment; here `.env` gives their values (by
 * variable name), and what was given once is kept, encrypted, by the engine. All that is missing is refused at once,
 * before anything is kept.
 * @returns `valueFrom` by reference
 */
export async function ensureValues(
  clients: Clients,
  { environment, dotenv }: Pick<Bootstrap, 'environment' | 'dotenv'>,
  services: readonly TaskService[],
): Promise<Readonly<Record<string, string>>> {
  const { app, name, root } = environment;
  const values = await Promise.all(
    [...referred(services)].map(async ([reference, users]) => {
      const place = `/fairway/${app}/${name}/values/${placeOf(reference)}`;
      const given = users.map(({ variable }) => dotenv[variable.name]).find((value) => value !== undefined);
      return { reference, users, place, given, kept: await newestVersion(clients, place) };
    }),
  );
  const problems = values.flatMap(({ users, given, kept }) =>
    given === undefined && kept === null ? users.slice(0, 1).map((user) => missing(user, root)) : [],
  );
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  const places = values.map(async ({ reference, place, given, kept }) => {
    if (kept && (given === undefined || given === kept.value)) return [reference, `${place}/${kept.version}`];
    const next = `${place}/${(kept?.version ?? 0) + 1}`;
    await putParameter(clients, next, given ?? '', 'SecureString');
    return [reference, next];
  });
  return Object.fromEntries(await Promise.all(places));
}

/** A value that changes gets a place of its own, so that tasks with the new one are told from tasks with the old. */
async function newestVersion(
  clients: Clients,
  place: string,
): Promise<{ version: number; value: string } | null> {
  const { paginateGetParametersByPath } = await import('@aws-sdk/client-ssm');
  let newest: { version: number; value: string } | null = null;
  const pages = paginateGetParametersByPath({ client: clients.ssm }, { Path: place, WithDecryption: true });
  for await (const { Parameters } of pages) {
    for (const { Name = '', Value = '' } of Parameters ?? []) {
      const version = Number(Name.slice(place.length + 1));
      if (version > (newest?.version ?? 0)) newest = { version, value: Value };
    }
  }
  return newest;
}

interface User {
  readonly service: string;
  readonly variable: Variable;
}

/** The references to secrets and parameters, each with all the variables that take it. */
function referred(services: readonly TaskService[]): ReadonlyMap<string, readonly User[]> {
  const found = new Map<string, User[]>();
  for (const { name: service, variables } of services)
    for (const variable of variables) {
      if (variable.value.from !== 'secret' && variable.value.from !== 'parameter') continue;
      const reference = referenceOf(variable);
      found.set(reference, [...(found.get(reference) ?? []), { service, variable }]);
    }
  return found;
}

/** A part of a parameter's name, different for different references: `secret:shop/db#url` → `secret.3ashop.2fdb.23url`. */
export function placeOf(reference: string): string {
  return reference.replaceAll(/[^a-zA-Z0-9_-]/g, (character) =>
    [...Buffer.from(character)].map((byte) => `.${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

function missing({ service, variable }: User, root: string): Problem {
  return {
    code: 'value-missing',
    what: `${variable.name} has no value on this machine`,
    where: `services.${service}.variables.${variable.name}`,
    why: `the description takes it from ${referenceOf(variable)}, which the embedded engine does not hold`,
    next: `add ${variable.name}=… to ${root}/.env (which git ignores) and deploy again`,
  };
}
