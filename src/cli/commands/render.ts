import { isTaskService, renderTaskDefinition, unknownEnd } from '../../ecs/task-definition.ts';
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
    throw unknown(
      'service',
      options.service ?? '',
      '--service',
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
  const text = JSON.stringify(definitions.length === 1 ? only : definitions, null, 2);
  console.log(text);
  // Beside the JSON, which a program may read.
  if (text.includes(' of the platform>')) console.error(standIns);
  if (text.includes(`-${unknownEnd}`)) console.error(arns);
  return 0;
}

const standIns =
  '<… of the platform> stands for what the description does not hold: a deployment takes it from the hand-over.';
const arns = `\
${unknownEnd} stands for the six characters at the end of a secret's ARN, which AWS chose. ECS wants the whole ARN:
a deployment takes it from the hand-over; aws secretsmanager describe-secret --secret-id <name> --query ARN tells it.`;

/** A name on the command line, and where it stands there, that the description does not have. */
export function unknown(
  what: 'service' | 'store',
  found: string,
  where: string,
  known: readonly string[],
): Refusal {
  return new Refusal({
    code: 'unknown-service',
    what: `there is no ${what} called ${found}`,
    where,
    why: known.length === 0 ? `the description has no ${what}` : `the description has ${known.join(', ')}`,
    next: known.length === 0 ? 'leave it out' : 'name one of them',
  });
}
