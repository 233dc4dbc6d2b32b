import type {
  ClusterField,
  ClusterSetting,
  Compatibility,
  ContainerDefinition,
  RegisterTaskDefinitionCommandInput,
  TaskDefinitionField,
} from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { call, made } from '../call.ts';
import type { Calls } from '../sequences.ts';

const tags = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom('team', 'stage', 'Cost:Centre'),
    value: fc.constantFrom('', 'shop', '42'),
  }),
  { selector: (tag) => tag.key, minLength: 1, maxLength: 2 },
);

const container: fc.Arbitrary<ContainerDefinition> = fc.record(
  {
    name: fc.constantFrom('web', 'side'),
    image: fc.constantFrom('nginx:1', 'postgres:18'),
    cpu: fc.constantFrom(0, 64),
    memory: fc.constantFrom(128, 256),
    essential: fc.constant(true),
    portMappings: fc.constantFrom(
      [],
      [{ containerPort: 80, hostPort: 80, protocol: 'tcp' as const }],
      [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' as const, name: 'http' }],
    ),
    environment: fc.constantFrom([], [{ name: 'A', value: '1' }], [{ name: 'B', value: '' }]),
    mountPoints: fc.constant([]),
    volumesFrom: fc.constant([]),
    command: fc.constant(['serve', '--now']),
    entryPoint: fc.constant(['/bin/sh']),
    dockerLabels: fc.constant({ role: 'web' }),
    secrets: fc.constant([{ name: 'PASSWORD', valueFrom: '/shop/password' }]),
    stopTimeout: fc.constant(7),
    healthCheck: fc.constant({ command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3 }),
    logConfiguration: fc.constant({
      logDriver: 'awslogs' as const,
      options: { 'awslogs-group': 'shop', 'awslogs-region': 'us-east-1' },
    }),
  },
  {
    requiredKeys: [
      'name',
      'image',
      'memory',
      'cpu',
      'essential',
      'environment',
      'portMappings',
      'mountPoints',
      'volumesFrom',
    ],
  },
);

const definition: fc.Arbitrary<Omit<RegisterTaskDefinitionCommandInput, 'family'>> = fc.record(
  {
    containerDefinitions: fc.uniqueArray(container, {
      selector: (one) => one.name,
      minLength: 1,
      maxLength: 2,
    }),
    networkMode: fc.constantFrom('awsvpc', 'host'),
    volumes: fc.constant([]),
    placementConstraints: fc.constant([]),
    cpu: fc.constantFrom('256', '512'),
    memory: fc.constantFrom('1024', '2048'),
    requiresCompatibilities: fc.constant<Compatibility[]>(['EC2']),
    taskRoleArn: fc.constant('arn:aws:iam::999999999999:role/task'),
    executionRoleArn: fc.constant('arn:aws:iam::999999999999:role/execution'),
    tags,
  },
  {
    requiredKeys: [
      'containerDefinitions',
      'networkMode',
      'requiresCompatibilities',
      'cpu',
      'memory',
      'executionRoleArn',
    ],
  },
);

export const ecs: Calls = (prefix) => {
  const family = fc.constantFrom(`${prefix}web`, `${prefix}worker`, `${prefix}never`);
  const cluster = fc.constantFrom(`${prefix}one`, `${prefix}two`);
  const revision = fc.tuple(family, fc.constantFrom('', ':1', ':2', ':9')).map((parts) => parts.join(''));
  const sort = fc.constantFrom('ASC' as const, 'DESC' as const);
  const status = fc.constantFrom('ACTIVE' as const, 'INACTIVE' as const);

  const register = fc
    .tuple(fc.constantFrom(`${prefix}web`, `${prefix}worker`), definition)
    .map(([name, rest]) => {
      const said = { family: name, ...rest };
      return call('RegisterTaskDefinition', said, ({ ecs }) => ecs.registerTaskDefinition(said), {
        [name]: (answer) => answer.taskDefinition?.taskDefinitionArn,
      });
    });
  const describe = fc
    .record({
      taskDefinition: revision,
      include: fc.constantFrom<(TaskDefinitionField[] | undefined)[]>(undefined, ['TAGS']),
    })
    .map((said) => call('DescribeTaskDefinition', said, ({ ecs }) => ecs.describeTaskDefinition(said)));
  const deregister = revision.map((taskDefinition) =>
    call('DeregisterTaskDefinition', taskDefinition, ({ ecs }) =>
      ecs.deregisterTaskDefinition({ taskDefinition }),
    ),
  );
  const list = fc
    .record({ familyPrefix: family, sort, status }, { requiredKeys: ['familyPrefix'] })
    .map((said) => call('ListTaskDefinitions', said, ({ ecs }) => ecs.listTaskDefinitions(said)));
  const families = fc
    .record(
      { familyPrefix: fc.constantFrom(prefix, `${prefix}web`), status },
      { requiredKeys: ['familyPrefix'] },
    )
    .map((said) =>
      call('ListTaskDefinitionFamilies', said, ({ ecs }) => ecs.listTaskDefinitionFamilies(said)),
    );

  const createCluster = fc
    .record(
      {
        // A name for once: nobody says what becomes of the tags of one that is there already.
        clusterName: fc.nat(1_000_000).map((number) => `${prefix}${number}`),
        tags,
        settings: fc.constant<ClusterSetting[]>([{ name: 'containerInsights', value: 'enabled' }]),
      },
      { requiredKeys: ['clusterName'] },
    )
    .map((said) =>
      call('CreateCluster', said, ({ ecs }) => ecs.createCluster(said), {
        [said.clusterName]: (answer) => answer.cluster?.clusterArn,
      }),
    );
  const describeClusters = fc
    .record({
      clusters: fc.uniqueArray(cluster, { minLength: 1 }),
      include: fc.constantFrom<(ClusterField[] | undefined)[]>(
        undefined,
        ['TAGS'],
        ['SETTINGS'],
        ['TAGS', 'SETTINGS'],
      ),
    })
    .map((said) => call('DescribeClusters', said, ({ ecs }) => ecs.describeClusters(said)));
  const deleteCluster = cluster.map((name) =>
    call('DeleteCluster', name, ({ ecs }) => ecs.deleteCluster({ cluster: name })),
  );
  const listClusters = fc.constant(
    call('ListClusters', prefix, async ({ ecs }) => {
      const { clusterArns = [] } = await ecs.listClusters({});
      return { clusterArns: clusterArns.filter((arn) => arn.includes(`/${prefix}`)) };
    }),
  );

  const thing = fc.constantFrom(`${prefix}web`, `${prefix}worker`, `${prefix}one`, `${prefix}two`);
  const tag = fc
    .tuple(thing, tags)
    .map(([name, tags]) =>
      call('TagResource', { name, tags }, (party) =>
        party.ecs.tagResource({ resourceArn: made(party, name), tags }),
      ),
    );
  const untag = fc
    .tuple(thing, fc.uniqueArray(fc.constantFrom('team', 'stage', 'absent'), { minLength: 1 }))
    .map(([name, tagKeys]) =>
      call('UntagResource', { name, tagKeys }, (party) =>
        party.ecs.untagResource({ resourceArn: made(party, name), tagKeys }),
      ),
    );
  const listTags = thing.map((name) =>
    call('ListTagsForResource', name, (party) =>
      party.ecs.listTagsForResource({ resourceArn: made(party, name) }),
    ),
  );
  const first = ['one', 'two'].map((name) =>
    call(
      'CreateCluster',
      name,
      ({ ecs }) => ecs.createCluster({ clusterName: prefix + name, tags: [{ key: 'team', value: name }] }),
      { [prefix + name]: (answer) => answer.cluster?.clusterArn },
    ),
  );
  return {
    first,
    any: fc.oneof(
      { weight: 3, arbitrary: register },
      { weight: 2, arbitrary: describe },
      deregister,
      list,
      families,
      { weight: 2, arbitrary: createCluster },
      describeClusters,
      deleteCluster,
      listClusters,
      tag,
      untag,
      listTags,
    ),
  };
};
