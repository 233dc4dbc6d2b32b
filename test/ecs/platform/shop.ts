import { checkDescription } from '../../../src/app/check.ts';
import type { Environment } from '../../../src/app/environment.ts';
import { resolve } from '../../../src/app/resolve.ts';
import type { Clients } from '../../../src/ecs/clients.ts';
import type { Bootstrap } from '../../../src/ecs/platform/job.ts';
import { freePort } from '../../ports.ts';

/** The local environment of an app with these services. */
export function appOf(
  name: string,
  services: Readonly<Record<string, object>>,
  more: object = {},
): Environment {
  const result = checkDescription({ name, services, environments: { local: {} }, ...more }, '/app');
  if (!result.ok) throw new Error(result.problems.map(({ where, what }) => `${where}: ${what}`).join('\n'));
  return resolve(result.app, 'local');
}

export function web(more: object = {}): object {
  // On a machine that is busy a server may take long to start, and the engine's seconds are short.
  const health = { path: '/health', timeout: 5, unhealthyThreshold: 10 };
  return { kind: 'web', command: 'node server.js', port: 8080, health, ...more };
}

export async function jobOf(environment: Environment, more: Partial<Bootstrap> = {}): Promise<Bootstrap> {
  return {
    environment,
    ports: { production: await freePort(), test: await freePort() },
    dotenv: {},
    registry: null,
    freePort,
    newPassword: () => 'a-new-password',
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    clock: Date.now,
    ...more,
  };
}

/** All that an engine has been made to hold for one app, in an order of its own. */
export async function inventory({ ecs, ssm, elb: open }: Clients, app: string) {
  const ours = (text: string | undefined): boolean => text?.includes(`${app}-`) === true;
  const { ListClustersCommand, ListServicesCommand, ListTaskDefinitionsCommand } =
    await import('@aws-sdk/client-ecs');
  const { paginateGetParametersByPath } = await import('@aws-sdk/client-ssm');
  const {
    DescribeListenersCommand,
    DescribeLoadBalancersCommand,
    DescribeRulesCommand,
    DescribeTargetGroupAttributesCommand,
    DescribeTargetGroupsCommand,
  } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await open();
  const clusters = (await ecs.send(new ListClustersCommand({}))).clusterArns?.filter(ours) ?? [];
  const services = await Promise.all(
    clusters.map(async (cluster) => (await ecs.send(new ListServicesCommand({ cluster }))).serviceArns ?? []),
  );
  const { taskDefinitionArns = [] } = await ecs.send(new ListTaskDefinitionsCommand({}));
  const all = (await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers ?? [];
  const balancers = all.filter(({ LoadBalancerName }) => ours(LoadBalancerName));
  const listeners = await Promise.all(
    balancers.map(async ({ LoadBalancerArn }) => {
      const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
      return Promise.all(
        Listeners.map(async ({ ListenerArn = '', Port }) => {
          const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
          const rules = Rules.filter(({ IsDefault }) => IsDefault !== true).map(
            ({ RuleArn = '', Conditions }) => ({
              arn: RuleArn,
              matches: Conditions?.flatMap(({ Values }) => Values ?? []),
            }),
          );
          return { arn: ListenerArn, port: Port, rules };
        }),
      );
    }),
  );
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const groups = await Promise.all(
    TargetGroups.filter(({ TargetGroupName }) => ours(TargetGroupName)).map(
      async ({ TargetGroupArn, TargetGroupName, HealthCheckPath, HealthyThresholdCount }) => {
        const { Attributes } = await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
        const drain = Attributes?.find(({ Key }) => Key === 'deregistration_delay.timeout_seconds')?.Value;
        return {
          arn: TargetGroupArn,
          name: TargetGroupName ?? '',
          health: HealthCheckPath,
          threshold: HealthyThresholdCount,
          drain,
        };
      },
    ),
  );
  const parameters: string[] = [];
  for await (const { Parameters } of paginateGetParametersByPath(
    { client: ssm },
    { Path: `/fairway/${app}`, Recursive: true },
  ))
    parameters.push(...(Parameters ?? []).flatMap(({ Name }) => Name ?? []));
  return {
    clusters: clusters.toSorted(),
    services: services.flat().toSorted(),
    taskDefinitions: taskDefinitionArns.filter(ours).toSorted(),
    balancers: balancers.map(({ LoadBalancerArn }) => LoadBalancerArn),
    listeners: listeners.flat(),
    groups: groups.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    parameters: parameters.toSorted(),
  };
}
