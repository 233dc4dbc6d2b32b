import type { Environment } from '../app/environment.ts';
import { Refusal, type Problem } from '../refusal.ts';
import { refuseOtherAccount, whoAsks } from './account.ts';
import type { Clients } from './clients.ts';
import { awsCode } from './failure.ts';
import { handoverName, readHandover, type Handover } from './handover.ts';
import { isTaskService, placeIn, type TaskService } from './task-definition.ts';

/**
 * What lasts on AWS was made before, by Terraform or by hand, and handed over in one parameter a service. Read whole:
 * everything that is missing or not understood is told at once.
 */
export async function readHandedOver(
  clients: Clients,
  { app, name, engine, services }: Environment,
): Promise<ReadonlyMap<string, Handover>> {
  const wanted = engine.kind === 'ecs' ? engine.accountId : null;
  const [identity, read] = await Promise.all([
    whoAsks(clients),
    Promise.all(
      services.filter(isTaskService).map(async (service) => {
        const parameter = handoverName(app, name, service.name);
        return { service: service.name, parameter, found: await readOrProblem(clients, parameter) };
      }),
    ),
  ]);
  refuseOtherAccount(identity, wanted, name);
  const problems = read.flatMap(({ service, parameter, found }) => {
    if (found === null) return [missing(service, parameter, clients.address.region, identity.accountId)];
    if ('problems' in found) return [...found.problems];
    return found.repository === undefined ? [noRepository(service, parameter)] : [];
  });
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  const handovers = new Map(
    read.flatMap(({ service, found }) =>
      found === null || 'problems' in found ? [] : [[service, found] as const],
    ),
  );
  return withSecrets(clients, services.filter(isTaskService), handovers);
}

/**
 * A task definition names a secret by its whole ARN, whose end AWS chose. A hand-over need not say what AWS can be asked
 * for by name; what is not found stays out, and is told by the preflight.
 */
async function withSecrets(
  clients: Clients,
  services: readonly TaskService[],
  handovers: ReadonlyMap<string, Handover>,
): Promise<ReadonlyMap<string, Handover>> {
  const unknown = new Set(
    services.flatMap(({ name, variables }) => {
      const values = handovers.get(name)?.values ?? {};
      return variables.flatMap((variable) =>
        variable.value.from === 'secret' && placeIn(values, variable) === null ? [variable.value.name] : [],
      );
    }),
  );
  if (unknown.size === 0) return handovers;
  const named = await Promise.all(
    [...unknown].map(async (name) => {
      const arn = await arnOf(clients, name);
      return arn === null ? [] : [[`secret:${name}`, arn] as const];
    }),
  );
  const found = Object.fromEntries(named.flat());
  return new Map(
    [...handovers].map(([name, handover]) => [
      name,
      { ...handover, values: { ...found, ...handover.values } },
    ]),
  );
}

async function arnOf(clients: Clients, SecretId: string): Promise<string | null> {
  const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const secrets = await clients.secrets();
  try {
    return (await secrets.send(new DescribeSecretCommand({ SecretId }))).ARN ?? null;
  } catch (error) {
    if (awsCode(error) === null) throw error;
    return null;
  }
}

async function readOrProblem(clients: Clients, parameter: string): Promise<Handover | Refusal | null> {
  try {
    return await readHandover(clients, parameter);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function noRepository(service: string, parameter: string): Problem {
  return {
    code: 'repository-missing',
    what: `nothing says where the image of ${service} goes`,
    where: `${parameter}: repository`,
    why: 'Amazon ECS gets images from a registry',
    next: 'add `repository` to the hand-over, such as "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api" or "ghcr.io/acme/api"',
  };
}

function missing(service: string, parameter: string, region: string, account: string): Problem {
  return {
    code: 'handover-missing',
    what: `the platform of ${service} is not handed over: there is no parameter ${parameter}`,
    where: `Parameter Store, ${region}, account ${account}`,
    why: 'on AWS a deployment changes services only; the load balancer, target groups, roles and network are there before it, and this parameter names them',
    next: `write it, its fields are in docs/aws.md: aws ssm put-parameter --region ${region} --type String --name ${parameter} --value file://${service}.json`,
  };
}
