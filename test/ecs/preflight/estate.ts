import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { checkDescription } from '../../../src/app/check.ts';
import type { Environment } from '../../../src/app/environment.ts';
import { resolve } from '../../../src/app/resolve.ts';
import type { Clients } from '../../../src/ecs/clients.ts';
import type { Handover } from '../../../src/ecs/handover.ts';
import type { TaskService } from '../../../src/ecs/task-definition.ts';
import { startMoto } from '../../differential/moto.ts';
import { tasksOf } from '../examples.ts';

/** What Terraform would have made for a web service, by hand, and as it is handed over. */
export interface Estate {
  readonly handover: Handover;
  readonly balanced: NonNullable<Handover['loadBalancer']>;
  /** The security group of the tasks, to which the load balancer has no way yet. */
  readonly tasksGroup: string;
  readonly balancerGroup: string;
  readonly vpc: string;
  readonly listener: string;
}

/** An app with one web service, on AWS. */
export function shop(account?: string): { readonly environment: Environment; readonly service: TaskService } {
  const result = checkDescription(
    {
      name: 'shop',
      services: {
        api: {
          kind: 'web',
          command: 'node server.js',
          port: 8080,
          health: { path: '/health' },
          build: { dockerfile: 'Dockerfile' },
          variables: {
            SESSION_KEY: { secret: 'shop/session', key: 'KEY' },
            LOG_LEVEL: { parameter: '/shop/level' },
          },
        },
      },
      secrets: { 'shop/session': { keys: ['KEY'] } },
      environments: {
        production: { region: 'us-east-1', ...(account === undefined ? {} : { account }) },
      },
    },
    '/app',
  );
  if (!result.ok) throw new Error(result.problems.map(({ what }) => what).join('\n'));
  const environment = resolve(result.app, 'production');
  const [service] = tasksOf(environment);
  if (service === undefined) throw new Error('the shop has no service');
  return { environment, service };
}

/** One moto for the tests of a file, empty at the beginning of each. */
export function motoForFile(program: string | null): { readonly endpoint: string } {
  const moto = { endpoint: '' };
  beforeAll(async () => {
    if (program !== null) moto.endpoint = (await startMoto(program, afterAll)).endpoint;
  });
  beforeEach(async () => {
    if (program !== null) await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
  });
  return moto;
}

export async function makeEstate(clients: Clients, service: TaskService): Promise<Estate> {
  const network = await makeNetwork(clients);
  const balanced = await makeBalancer(clients, network);
  const [execution, task, infrastructure] = await Promise.all([
    makeRole(clients, 'execution', 'ecs-tasks.amazonaws.com'),
    makeRole(clients, 'task', 'ecs-tasks.amazonaws.com'),
    makeRole(clients, 'infrastructure', 'ecs.amazonaws.com'),
  ]);
  const logs = await clients.logs();
  const [secret] = await Promise.all([
    makeSecret(clients, 'shop/session', '{"KEY":"s3cret-value"}'),
    clients.ssm.send(new PutParameterCommand({ Name: '/shop/level', Value: 'info', Type: 'String' })),
    clients.ecs.send(new CreateClusterCommand({ clusterName: service.cluster })),
    logs.send(new CreateLogGroupCommand({ logGroupName: service.logGroup })),
    makeAlarm(clients, 'errors'),
  ]);
  const loadBalancer = {
    targetGroups: balanced.groups,
    productionRule: balanced.productionRule,
    testRule: balanced.testRule,
    role: infrastructure,
    url: 'https://shop.example.com',
    testUrl: 'https://shop.example.com',
    testHeaders: { 'x-test': 'yes' },
  };
  const handover: Handover = {
    version: 1,
    cluster: service.cluster,
    service: service.engineName,
    loadBalancer,
    network: { subnets: network.subnets, securityGroups: [network.tasksGroup], publicIp: false },
    alarms: ['errors'],
    roles: { execution, task },
    values: { 'secret:shop/session': secret, 'parameter:/shop/level': '/shop/level' },
  };
  await openPort(clients, network, service.kind === 'web' ? service.port : 0);
  return { handover, balanced: loadBalancer, listener: balanced.listener, ...network };
}

interface Network {
  readonly vpc: string;
  readonly subnets: string[];
  readonly tasksGroup: string;
  readonly balancerGroup: string;
}

async function makeNetwork(clients: Clients): Promise<Network> {
  const ec2 = await clients.ec2();
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const VpcId = Vpc?.VpcId ?? '';
  const subnets = await Promise.all(
    ['a', 'b'].map(async (zone, index) => {
      // Eleven addresses that can be had: 16, without the five that AWS keeps.
      const CidrBlock = `10.0.${index}.0/28`;
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: `us-east-1${zone}` }),
      );
      return Subnet?.SubnetId ?? '';
    }),
  );
  const group = async (GroupName: string): Promise<string> => {
    const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }));
    return made.GroupId ?? '';
  };
  return { vpc: VpcId, subnets, tasksGroup: await group('tasks'), balancerGroup: await group('balancer') };
}

export async function openPort(
  clients: Clients,
  { tasksGroup, balancerGroup }: Pick<Network, 'tasksGroup' | 'balancerGroup'>,
  port: number,
): Promise<void> {
  const ec2 = await clients.ec2();
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: tasksGroup,
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
          UserIdGroupPairs: [{ GroupId: balancerGroup }],
        },
      ],
    }),
  );
}

async function makeBalancer(clients: Clients, { vpc, subnets, balancerGroup }: Network) {
  const elb = await clients.elb();
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({ Name: 'shop', Subnets: subnets, SecurityGroups: [balancerGroup] }),
  );
  const groups: [string, string] = [
    await makeTargetGroup(clients, 'shop-blue', vpc),
    await makeTargetGroup(clients, 'shop-green', vpc),
  ];
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Port: 80,
      Protocol: 'HTTP',
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
    }),
  );
  const listener = Listeners?.[0]?.ListenerArn ?? '';
  return {
    groups,
    listener,
    productionRule: await makeRule(clients, listener, 10, groups),
    testRule: await makeRule(clients, listener, 5, groups),
  };
}

export async function makeTargetGroup(
  clients: Clients,
  Name: string,
  VpcId: string,
  TargetType: 'ip' | 'instance' = 'ip',
): Promise<string> {
  const elb = await clients.elb();
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name, Protocol: 'HTTP', Port: 8080, VpcId, TargetType }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

export async function makeRule(
  clients: Clients,
  ListenerArn: string,
  Priority: number,
  groups: readonly string[],
): Promise<string> {
  const elb = await clients.elb();
  const { Rules } = await elb.send(
    new CreateRuleCommand({
      ListenerArn,
      Priority,
      Conditions: [{ Field: 'path-pattern', Values: [`/${Priority}/*`] }],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: groups.map((TargetGroupArn, index) => ({
              TargetGroupArn,
              Weight: index === 0 ? 100 : 0,
            })),
          },
        },
      ],
    }),
  );
  return Rules?.[0]?.RuleArn ?? '';
}

export async function makeRole(clients: Clients, RoleName: string, by: string): Promise<string> {
  const iam = await clients.iam();
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: by }, Action: 'sts:AssumeRole' }],
  };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  return Role?.Arn ?? '';
}

export async function makeSecret(clients: Clients, Name: string, SecretString?: string): Promise<string> {
  const secrets = await clients.secrets();
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString }));
  return ARN ?? '';
}

async function makeAlarm(clients: Clients, AlarmName: string): Promise<void> {
  const cloudwatch = await clients.cloudwatch();
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'Shop',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await setAlarm(clients, AlarmName, 'OK');
}

export async function setAlarm(
  clients: Clients,
  AlarmName: string,
  StateValue: 'OK' | 'ALARM',
): Promise<void> {
  const cloudwatch = await clients.cloudwatch();
  await cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }));
}
