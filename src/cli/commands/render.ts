import { renderTaskDefinition, isTaskService } from '../../ecs/task-definition.ts';
import { Refusal } from '../../refusal.ts';
import { loadEnvironment, type StreamOptions } from '../session.ts';

export interface RenderOptions extends StreamOptions {
  readonly service: string | undefined;
  readonly image: string | undefined;
}

/** Prints the task definitions of an environment as ECS takes them, to read or to take away. */
export async function run(name: string, options: RenderOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, name);
  const services = environment.services.filter(isTaskService);
  const chosen =
    options.service === undefined ? services : services.filter((service) => service.name === options.service);
  if (chosen.length === 0)
    throw unknownService(
      options.service ?? '',
      services.map((service) => service.name),
    );
  const region = environment.engine.kind === 'embedded' ? 'local' : environment.engine.region;
  const account =
    environment.engine.kind === 'ecs' ? (environment.engine.accountId ?? '<account>') : '000000000000';
  const execution = `arn:aws:iam::${account}:role/${environment.app}-${name}-execution`;
  const definitions = chosen.map((service) =>
    renderTaskDefinition({
      app: environment.app,
      environment: name,
      service,
      image: options.image ?? `<image of ${service.name}>`,
      region,
      handover: { roles: { execution, task: null }, values: {} },
    }),
  );
  const [only] = definitions;
  console.log(JSON.stringify(definitions.length === 1 ? only : definitions, null, 2));
  return 0;
}

export function unknownService(found: string, known: readonly string[]): Refusal {
  return new Refusal({
    code: 'unknown-service',
    what: `there is no service called ${found}`,
    where: '--service',
    why: `the description has ${known.join(', ')}`,
    next: 'name one of them',
  });
}
