import type { Environment } from '../app/environment.ts';
import { Refusal, type Problem } from '../refusal.ts';
import { refuseOtherAccount, whoAsks } from './account.ts';
import type { Clients } from './clients.ts';
import { handoverName, readHandover, type Handover } from './handover.ts';
import { isTaskService } from './task-definition.ts';

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
    return 'problems' in found ? [...found.problems] : [];
  });
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
  return new Map(
    read.flatMap(({ service, found }) =>
      found === null || 'problems' in found ? [] : [[service, found] as const],
    ),
  );
}

async function readOrProblem(clients: Clients, parameter: string): Promise<Handover | Refusal | null> {
  try {
    return await readHandover(clients, parameter);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
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
