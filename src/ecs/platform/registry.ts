import type { Environment } from '../../app/environment.ts';
import { Refusal } from '../../refusal.ts';
import { isRegistry } from '../../repository/repository.ts';
import type { TaskService } from '../task-definition.ts';
import type { Clients } from '../clients.ts';
import { putParameter, readParameter, removeParameter } from '../parameters.ts';

/** An embedded engine's registry, for all apps that run on it, is a parameter of its own: it stays when the engine stops. */
const place = '/fairway/registry';

/** `HOST[:PORT][/PREFIX]`; null: images stay with the local Docker daemon. */
export async function readRegistry(clients: Clients): Promise<string | null> {
  const registry = await readParameter(clients, place);
  if (registry !== null) assertRegistry(registry, `the parameter ${place}`);
  return registry;
}

export async function nameRegistry(clients: Clients, registry: string | null): Promise<void> {
  if (registry === null) await removeParameter(clients, place);
  else await putParameter(clients, place, registry, 'String');
}

/** What was said may hold credentials, where they have no place: it is not repeated. */
export function assertRegistry(text: string, where: string): void {
  if (isRegistry(text)) return;
  throw new Refusal({
    code: 'registry-name',
    what: 'this names no registry',
    where,
    why: 'a registry is HOST[:PORT][/PREFIX], such as 127.0.0.1:5000, ghcr.io/acme or docker.io/acme: without https://, tag or credentials, and the prefix in lower case',
    next: 'write it like that; credentials come from `docker login`',
  });
}

/** Where an engine with a registry has the image of a service; null for one that is not built with Docker. */
export function repositoryIn(
  registry: string | null,
  { app }: Pick<Environment, 'app'>,
  { name, build }: Pick<TaskService, 'name' | 'build'>,
): string | null {
  return registry === null || build.kind !== 'docker' ? null : `${registry}/${folder(app)}/${folder(name)}`;
}

/** A name in a description may end with a hyphen, one in a registry may not. */
function folder(name: string): string {
  return name.replace(/-+$/, '');
}
