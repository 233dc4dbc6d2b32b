import type {
  CreateServiceCommandInput,
  DeploymentConfiguration,
  LaunchType,
  PropagateTags,
  ServiceField,
  UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { call, made, type Call } from '../call.ts';
import type { Party } from '../party.ts';
import type { Calls } from '../sequences.ts';

const tags = fc.uniqueArray(
  fc.record({ key: fc.constantFrom('team', 'stage'), value: fc.constantFrom('', 'shop', '42') }),
  { selector: (tag) => tag.key, minLength: 1, maxLength: 2 },
);

const deploymentConfiguration: fc.Arbitrary<DeploymentConfiguration> = fc.record(
  {
    maximumPercent: fc.constantFrom(150, 200),
    minimumHealthyPercent: fc.constantFrom(0, 50, 100),
    deploymentCircuitBreaker: fc.record({ enable: fc.boolean(), rollback: fc.boolean() }),
    strategy: fc.constant('ROLLING'),
  },
  { requiredKeys: [] },
);

/** What both creations and updates may say. */
const settings = {
  deploymentConfiguration,
  propagateTags: fc.constantFrom<PropagateTags[]>('SERVICE', 'TASK_DEFINITION', 'NONE'),
  enableECSManagedTags: fc.boolean(),
  enableExecuteCommand: fc.boolean(),
  healthCheckGracePeriodSeconds: fc.constantFrom(0, 30),
};

/** Behind the load balancer and in a network, or neither. */
type Kind = 'web' | 'worker';

/**
 * Services stay at no tasks. Only `held` wants some, which it does not get: its deployment pauses before. So no answer hangs
 * on how fast the engine starts and stops tasks.
 */
export const services: Calls = (prefix, [port]) => {
  const cluster = `${prefix}cluster`;
  const other = `${prefix}other`;

  const register = (family: Kind): Call =>
    call('RegisterTaskDefinition', family, async ({ ecs }) => {
      await ecs.registerTaskDefinition({
        family: prefix + family,
        networkMode: family === 'web' ? 'awsvpc' : 'bridge',
        requiresCompatibilities: [launchTypes[family]],
        cpu: '256',
        memory: '512',
        executionRoleArn: 'arn:aws:iam::999999999999:role/execution',
        containerDefinitions: [
          { name: 'web', image: 'postgres:18', memory: 128, portMappings: [{ containerPort: 80 }] },
        ],
      });
      return {};
    });

  const create = (
    name: string,
    kind: Kind,
    said: Omit<CreateServiceCommandInput, 'serviceName'> = {},
  ): Call =>
    call(
      'CreateService',
      { name, kind, ...said },
      (party) =>
        party.ecs.createService({
          cluster,
          serviceName: name,
          taskDefinition: prefix + kind,
          desiredCount: 0,
          launchType: launchTypes[kind],
          ...(kind === 'web'
            ? { networkConfiguration: network(party), loadBalancers: [loadBalancer(party)] }
            : {}),
          ...said,
        }),
      { [prefix + name]: (answer) => answer.service?.serviceArn },
    );

  const first = [
    ...[cluster, other].map((clusterName) =>
      call('CreateCluster', clusterName, async ({ ecs }) => {
        await ecs.createCluster({ clusterName });
        return {};
      }),
    ),
    ...(['web', 'web', 'worker', 'worker'] as const).map(register),
    call('CreateListener', port, async (party) => {
      await listen(party, prefix, port);
      return {};
    }),
    create('web', 'web', { tags: [{ key: 'team', value: 'web' }] }),
    create('worker', 'worker'),
    create('held', 'worker', {
      desiredCount: 2,
      deploymentConfiguration: {
        strategy: 'BLUE_GREEN',
        bakeTimeInMinutes: 0,
        lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }],
      },
    }),
  ];

  const clusters = fc.oneof(
    { weight: 9, arbitrary: fc.constant(cluster) },
    fc.constantFrom(other, `${prefix}nowhere`),
  );
  const kind = fc.constantFrom<Kind[]>('web', 'worker');
  const service = fc.constantFrom('web', 'worker', 'held', 'never');
  /** By name, or by the ARN where there is one. */
  const named = fc.tuple(service, fc.boolean());
  const nameFor = (party: Party, [name, byArn]: readonly [string, boolean]): string =>
    byArn ? (party.made.get(prefix + name) ?? name) : name;

  const creation = fc
    .tuple(
      // Mostly a name for once: moto makes one that is there already anew.
      fc.oneof(
        {
          weight: 9,
          arbitrary: fc.record({
            name: fc.nat(1_000_000).map((number) => `service-${number}`),
            kind,
            cluster: clusters,
          }),
        },
        kind.map((kind) => ({ name: kind, kind, cluster })),
      ),
      fc.record(
        {
          ...settings,
          tags,
          platformVersion: fc.constant('1.4.0'),
          schedulingStrategy: fc.constant('REPLICA' as const),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([{ name, kind, cluster }, { platformVersion, ...said }]) =>
      create(name, kind, {
        cluster,
        ...said,
        ...(platformVersion === undefined || kind !== 'web' ? {} : { platformVersion }),
      }),
    );
  const wrongCreation = fc
    .constantFrom<Partial<CreateServiceCommandInput>[]>(
      { taskDefinition: `${prefix}never` },
      { taskDefinition: `${prefix}worker:9` },
      { serviceName: 'no spaces' },
    )
    .map((wrong) => create('wrong', 'worker', wrong));

  const update = fc
    .tuple(
      kind,
      fc.boolean(),
      fc.record(
        { ...settings, revision: fc.constantFrom('', ':1', ':2'), forceNewDeployment: fc.boolean() },
        { requiredKeys: [] },
      ),
    )
    .map(([name, byArn, { revision, ...rest }]) => {
      const said = {
        ...rest,
        desiredCount: 0,
        ...(revision === undefined ? {} : { taskDefinition: prefix + name + revision }),
      };
      return call('UpdateService', { name, byArn, ...said }, (party) =>
        party.ecs.updateService({ cluster, service: nameFor(party, [name, byArn]), ...said }),
      );
    });
  const scale = fc
    .constantFrom(0, 1, 3)
    .map((desiredCount) =>
      call('UpdateService', { name: 'held', desiredCount }, ({ ecs }) =>
        ecs.updateService({ cluster, service: 'held', desiredCount }),
      ),
    );
  const wrongUpdate = fc
    .constantFrom<UpdateServiceCommandInput[]>(
      { cluster, service: 'never' },
      { cluster: other, service: 'web' },
      { cluster: `${prefix}nowhere`, service: 'web' },
      { cluster, service: 'web', taskDefinition: `${prefix}web:9` },
    )
    .map((said) => call('UpdateService', said, ({ ecs }) => ecs.updateService(said)));

  const describe = fc
    .record({
      cluster: clusters,
      names: fc.uniqueArray(named, { selector: ([name]) => name, minLength: 1, maxLength: 3 }),
      include: fc.constantFrom<(ServiceField[] | undefined)[]>(undefined, ['TAGS']),
    })
    .map(({ names, ...said }) =>
      call('DescribeServices', { ...said, names }, (party) =>
        party.ecs.describeServices({ ...said, services: names.map((name) => nameFor(party, name)) }),
      ),
    );
  const list = fc
    .record(
      {
        cluster: clusters,
        launchType: fc.constantFrom<LaunchType[]>('EC2', 'FARGATE'),
        schedulingStrategy: fc.constantFrom('REPLICA' as const, 'DAEMON' as const),
      },
      { requiredKeys: ['cluster'] },
    )
    .map((said) => call('ListServices', said, ({ ecs }) => ecs.listServices({ ...said, maxResults: 100 })));
  const remove = fc
    .record({ cluster: clusters, name: named, force: fc.boolean() }, { requiredKeys: ['cluster', 'name'] })
    .map(({ name, ...said }) =>
      call('DeleteService', { ...said, name }, (party) =>
        party.ecs.deleteService({ ...said, service: nameFor(party, name) }),
      ),
    );

  const thing = fc.constantFrom('web', 'worker', 'held');
  /** By the ARN, which is of one cluster, where another is asked. */
  const elsewhere = fc
    .tuple(thing, fc.constantFrom('DescribeServices', 'UpdateService', 'DeleteService'))
    .map(([name, operation]) =>
      call(operation, { cluster: other, name }, async (party) => {
        const service = made(party, prefix + name);
        switch (operation) {
          case 'DescribeServices':
            return party.ecs.describeServices({ cluster: other, services: [service] });
          case 'UpdateService':
            return party.ecs.updateService({ cluster: other, service });
          case 'DeleteService':
            return party.ecs.deleteService({ cluster: other, service });
        }
      }),
    );
  const tag = fc
    .tuple(thing, tags)
    .map(([name, tags]) =>
      call('TagResource', { name, tags }, (party) =>
        party.ecs.tagResource({ resourceArn: made(party, prefix + name), tags }),
      ),
    );
  const untag = fc
    .tuple(thing, fc.uniqueArray(fc.constantFrom('team', 'stage', 'absent'), { minLength: 1 }))
    .map(([name, tagKeys]) =>
      call('UntagResource', { name, tagKeys }, (party) =>
        party.ecs.untagResource({ resourceArn: made(party, prefix + name), tagKeys }),
      ),
    );
  const listTags = thing.map((name) =>
    call('ListTagsForResource', name, (party) =>
      party.ecs.listTagsForResource({ resourceArn: made(party, prefix + name) }),
    ),
  );

  return {
    first,
    any: fc.oneof(
      { weight: 4, arbitrary: creation },
      wrongCreation,
      { weight: 4, arbitrary: update },
      scale,
      wrongUpdate,
      { weight: 3, arbitrary: describe },
      list,
      remove,
      elsewhere,
      tag,
      untag,
      listTags,
    ),
  };
};

const launchTypes = { web: 'FARGATE', worker: 'EC2' } as const;

const network = (party: Party) => ({
  awsvpcConfiguration: {
    subnets: [...party.network.subnets],
    securityGroups: [],
    assignPublicIp: 'DISABLED' as const,
  },
});

const loadBalancer = (party: Party) => ({
  targetGroupArn: made(party, 'group'),
  containerName: 'web',
  containerPort: 80,
});

/** A target group that takes services: one that a listener forwards to. */
async function listen(party: Party, prefix: string, port: number): Promise<void> {
  const { elb, network } = party;
  const { TargetGroups: [group] = [] } = await elb.createTargetGroup({
    Name: `${prefix}group`,
    Protocol: 'HTTP',
    Port: 80,
    VpcId: network.vpc,
    TargetType: 'ip',
  });
  const { LoadBalancers: [balancer] = [] } = await elb.createLoadBalancer({
    Name: `${prefix}front`,
    Subnets: [...network.subnets],
  });
  await elb.createListener({
    LoadBalancerArn: balancer?.LoadBalancerArn,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'forward', TargetGroupArn: group?.TargetGroupArn }],
  });
  party.made.set('group', group?.TargetGroupArn ?? '');
}
