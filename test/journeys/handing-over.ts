import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { loadApp } from '../../src/app/load.ts';
import { resolve } from '../../src/app/resolve.ts';
import type { Clients } from '../../src/ecs/clients.ts';
import { handoverName, listHandovers, type Handover } from '../../src/ecs/handover.ts';
import { putParameter } from '../../src/ecs/parameters.ts';
import { bootstrap, routeUsers } from '../../src/ecs/platform/bootstrap.ts';
import { forgetRestorePoint } from '../../src/ecs/platform/restore-point.ts';
import { platformMark } from '../../src/ecs/platform/names.ts';
import { isTaskService } from '../../src/ecs/task-definition.ts';
import { freePort } from '../ports.ts';
import type { Workbench } from './workbench.ts';

export interface Made {
  /** Where images go: `127.0.0.1:5000/team`. */
  readonly registry: string;
  /** Values of the stores and parameters that the bootstrap asks for, by variable. */
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * Stands in for Terraform, on an engine that stands in for AWS: makes what lasts of an environment on Amazon ECS, and hands
 * it over. Secrets are not handed over: the deployer asks for them by name.
 */
export async function handOver(
  { shop, port }: Workbench,
  clients: Clients,
  name: string,
  { registry, values = {} }: Made,
): Promise<void> {
  const described = resolve(await loadApp(shop), name);
  const engine = { kind: 'embedded' as const, port, testPort: port + 1 };
  const environment = { ...described, engine };
  const logs = await clients.logs();
  for (const logGroupName of new Set(environment.services.filter(isTaskService).map((one) => one.logGroup)))
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const job = {
    environment,
    ports: { production: port, test: port + 1 },
    dotenv: values,
    registry,
    freePort,
    newPassword: () => 'very-secret-password-of-a-store',
    pause: (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds)),
    clock: Date.now,
  };
  await bootstrap(clients, job);
  // Terraform's rules lead to a service before there is one.
  await routeUsers(clients, job);
  await forgetRestorePoint(clients, environment);
  // Only the embedded platform has it.
  await clients.ssm
    .send(new DeleteParameterCommand({ Name: platformMark(environment) }))
    .catch(() => undefined);
  for (const [service, handover] of await listHandovers(clients, environment.app, name))
    await putParameter(
      clients,
      handoverName(environment.app, name, service),
      JSON.stringify(onAws(handover)),
      'String',
    );
}

function onAws(handover: Handover): Handover {
  const known = Object.entries(handover.values).filter(([reference]) => !reference.startsWith('secret:'));
  return { ...handover, values: Object.fromEntries(known) };
}
