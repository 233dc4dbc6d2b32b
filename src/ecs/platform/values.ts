import type { Variable } from '../../app/environment.ts';
import { Refusal, type Problem } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import { referenceOf, type TaskService } from '../task-definition.ts';
import { putParameter, readParameter } from '../parameters.ts';
import type { Bootstrap } from './job.ts';

/**
 * Secrets and parameters on this machine. On AWS they exist before a deployment; here `.env` gives their values (by
 * variable name), and what was given once is kept, encrypted, by the engine.
 * @returns `valueFrom` by reference
 */
export async function ensureValues(
  clients: Clients,
  job: Bootstrap,
  services: readonly TaskService[],
): Promise<Readonly<Record<string, string>>> {
  const { app, name, root } = job.environment;
  const places: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const { service, variable } of referring(services)) {
    const reference = referenceOf(variable);
    if (places[reference] !== undefined) continue;
    const place = `/fairway/${app}/${name}/values/${reference.replaceAll(/[^a-zA-Z0-9_.-]+/g, '/').replace(/^\/|\/$/g, '')}`;
    const given = job.dotenv[variable.name];
    if (given !== undefined) await putParameter(clients, place, given, 'SecureString');
    else if ((await readParameter(clients, place)) === null) problems.push(missing(service, variable, root));
    places[reference] = place;
  }
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  return places;
}

function referring(services: readonly TaskService[]): readonly { service: string; variable: Variable }[] {
  return services.flatMap((service) =>
    service.variables
      .filter(({ value }) => value.from === 'secret' || value.from === 'parameter')
      .map((variable) => ({ service: service.name, variable })),
  );
}

function missing(service: string, variable: Variable, root: string): Problem {
  return {
    code: 'value-missing',
    what: `${variable.name} has no value on this machine`,
    where: `services.${service}.variables.${variable.name}`,
    why: `the description takes it from ${referenceOf(variable)}, which the embedded engine does not hold`,
    next: `add ${variable.name}=… to ${root}/.env (which git ignores) and deploy again`,
  };
}
