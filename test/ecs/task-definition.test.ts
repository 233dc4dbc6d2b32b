import type { RegisterTaskDefinitionCommandInput, TaskDefinition } from '@aws-sdk/client-ecs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Environment, Variable } from '../../src/app/environment.ts';
import { createActs } from '../../src/ecs/act.ts';
import {
  differences,
  referenceOf,
  renderTaskDefinition,
  sameDefinition,
  type TaskDefinitionInput,
  type TaskService,
} from '../../src/ecs/task-definition.ts';
import { environments, tasksOf } from './examples.ts';
import { engineForTest } from './rig.ts';

const image = `fairway.local/shop/web@sha256:${'0'.repeat(64)}`;

function render(
  environment: Environment,
  service: TaskService,
  values: Readonly<Record<string, string>> = {},
): TaskDefinitionInput {
  const { app, name, engine } = environment;
  const account = engine.kind === 'embedded' ? '000000000000' : '<account>';
  const execution = `arn:aws:iam::${account}:role/${app}-${name}-execution`;
  return renderTaskDefinition({
    app,
    environment: name,
    service,
    image,
    region: engine.kind === 'embedded' ? 'local' : engine.region,
    handover: { roles: { execution, task: null }, values },
  });
}

const all = environments.flatMap((environment) =>
  tasksOf(environment).map((service) => ({ environment, service })),
);

describe('the task definitions of the examples', () => {
  it.each(environments.map((environment) => ({ environment, of: `${environment.app}.${environment.name}` })))(
    'are as before: $of',
    async ({ environment, of }) => {
      const definitions = tasksOf(environment).map((service) => render(environment, service));
      await expect(`${JSON.stringify(definitions, null, 2)}\n`).toMatchFileSnapshot(
        `../golden/render/${of}.json`,
      );
    },
  );

  it('come back from an engine as they were registered, and any change of one is named', async () => {
    const { clients } = await engineForTest();
    const acts = createActs(clients);
    const registered: { wanted: TaskDefinitionInput; found: TaskDefinition }[] = [];
    for (const { environment, service } of all) {
      const wanted = render(environment, service, valuesOf(service));
      const found = await acts.taskDefinition(await acts.register(wanted));
      if (found === null) throw new Error('what was registered is not there');
      expect(differences(wanted, found)).toEqual([]);
      expect(sameDefinition(wanted, found)).toBe(true);
      registered.push({ wanted, found });
    }
    fc.assert(
      fc.property(fc.constantFrom(...registered), mutation, ({ wanted, found }, change) => {
        const changed = change.act(wanted);
        // A worker has no port, and not everybody has a secret.
        fc.pre(JSON.stringify(changed) !== JSON.stringify(wanted));
        expect(sameDefinition(changed, found)).toBe(false);
        expect(differences(changed, found).join('\n')).toContain(change.names);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a secret', () => {
  const [first] = all;
  const secrets = [
    { name: 'WHOLE', value: { from: 'secret', name: 'shop/db', key: null } },
    { name: 'KEY', value: { from: 'secret', name: 'shop/db', key: 'url' } },
  ] as const;
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbC123';

  function valuesWith(
    values: Readonly<Record<string, string>>,
    account = '111122223333',
  ): readonly (string | undefined)[] {
    if (first === undefined) throw new Error('there are no examples');
    const service = { ...first.service, variables: secrets };
    const execution = `arn:aws:iam::${account}:role/execution`;
    const definition = renderTaskDefinition({
      app: 'shop',
      environment: 'production',
      service,
      image,
      region: 'eu-west-1',
      handover: { roles: { execution, task: null }, values },
    });
    return definition.containerDefinitions?.[0]?.secrets?.map(({ valueFrom }) => valueFrom) ?? [];
  }

  it('that no hand-over knows is an ARN that nobody takes for one', () => {
    const unknown = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-??????';
    expect(valuesWith({})).toEqual([unknown, `${unknown}:url::`]);
  });

  it('is the ARN of the hand-over, with the key behind it', () => {
    expect(valuesWith({ 'secret:shop/db': arn })).toEqual([arn, `${arn}:url::`]);
  });

  it('is what the hand-over says of that very key', () => {
    const values = { 'secret:shop/db': '/local/1', 'secret:shop/db#url': '/local/2' };
    expect(valuesWith(values)).toEqual(['/local/1', '/local/2']);
  });

  it('that is a parameter on this machine has no keys', () => {
    const values = { 'secret:shop/db': '/local/1' };
    expect(valuesWith(values, '000000000000')).toEqual(['/local/1', '<secret:shop/db#url of the platform>']);
  });
});

interface Mutation {
  readonly names: string;
  readonly act: (definition: TaskDefinitionInput) => TaskDefinitionInput;
}

type Container = NonNullable<RegisterTaskDefinitionCommandInput['containerDefinitions']>[number];

const inContainer = (names: string, act: (container: Container) => Partial<Container>): Mutation => ({
  names,
  act: (definition) => ({
    ...definition,
    containerDefinitions: (definition.containerDefinitions ?? []).map((container) => ({
      ...container,
      ...act(container),
    })),
  }),
});

const logOption = (names: string, option: string, value: string): Mutation =>
  inContainer(names, ({ logConfiguration }) => ({
    logConfiguration: {
      logDriver: 'awslogs',
      options: { ...logConfiguration?.options, [option]: value },
    },
  }));

/** Every single thing that a task definition says, changed. */
const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(fc.string({ minLength: 1, maxLength: 8 }), fc.nat(1000))
  .chain(([text, number]) =>
    fc.constantFrom<Mutation>(
      { names: 'family: ', act: (definition) => ({ ...definition, family: `${definition.family}-x` }) },
      { names: 'cpu: ', act: (definition) => ({ ...definition, cpu: String(100_000 + number) }) },
      { names: 'memory: ', act: (definition) => ({ ...definition, memory: String(100_000 + number) }) },
      { names: 'networkMode: ', act: (definition) => ({ ...definition, networkMode: 'bridge' }) },
      { names: 'requires: ', act: (definition) => ({ ...definition, requiresCompatibilities: ['EC2'] }) },
      { names: 'executionRoleArn: ', act: (definition) => ({ ...definition, executionRoleArn: `x${text}` }) },
      { names: 'taskRoleArn: ', act: (definition) => ({ ...definition, taskRoleArn: `x${text}` }) },
      inContainer('.image: ', () => ({ image: `x${text}` })),
      inContainer('.command: ', ({ command }) => ({ command: [...(command ?? []), text] })),
      // The same letters, but another word.
      inContainer('.command: ', ({ command }) => ({ command: [(command ?? []).join(' '), ''] })),
      inContainer('.port: ', ({ portMappings }) => ({
        portMappings: portMappings?.map((port) => ({
          ...port,
          containerPort: 60_000 + (number % 1000),
        })),
      })),
      inContainer('.environment.', ({ environment }) => ({
        environment: environment?.map((variable) => ({ ...variable, value: `${variable.value}${text}` })),
      })),
      inContainer('.environment.', ({ environment }) => ({ environment: environment?.slice(1) })),
      inContainer('.environment.ADDED: (unset) → ', ({ environment }) => ({
        environment: [...(environment ?? []), { name: 'ADDED', value: text }],
      })),
      inContainer('.secrets.', ({ secrets }) => ({
        secrets: secrets?.map((secret) => ({ ...secret, valueFrom: `${secret.valueFrom}${text}` })),
      })),
      inContainer('.secrets.', ({ secrets }) => ({ secrets: secrets?.slice(1) })),
      inContainer('.stopTimeout: ', () => ({ stopTimeout: 200 + number })),
      inContainer('.essential: ', () => ({ essential: false })),
      logOption('.logGroup: ', 'awslogs-group', `x${text}`),
      logOption('.logRegion: ', 'awslogs-region', `x${text}`),
      logOption('.logPrefix: ', 'awslogs-stream-prefix', `x${text}`),
    ),
  );

/** Where a platform keeps what the variables refer to. */
function valuesOf({ variables }: TaskService): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables
      .filter(({ value }) => value.from !== 'literal')
      .map((variable, index) => [referenceOf(variable), `/platform/${index}`]),
  );
}

function found(service: string): { environment: Environment; service: TaskService } {
  const one = all.find((candidate) => candidate.service.name === service);
  if (!one) throw new Error(`no example has ${service}`);
  return one;
}

function withVariables(variables: readonly Variable[], values: Readonly<Record<string, string>> = {}) {
  const { environment, service } = found('api');
  const { containerDefinitions } = render(environment, { ...service, variables }, values);
  return containerDefinitions?.[0];
}

describe('a variable', () => {
  it('that is not literal is a secret by reference: as the platform says, and by its own name where it does not', () => {
    const variables: readonly Variable[] = [
      { name: 'KEY', value: { from: 'secret', name: 'shop/keys', key: 'stripe' } },
      { name: 'WHOLE', value: { from: 'secret', name: 'shop/whole', key: null } },
      { name: 'FLAGS', value: { from: 'parameter', name: '/shop/flags' } },
      { name: 'URL', value: { from: 'store', store: 'db', property: 'url' } },
    ];
    expect(withVariables(variables)?.secrets).toEqual([
      { name: 'KEY', valueFrom: '<secret:shop/keys#stripe of the platform>' },
      { name: 'WHOLE', valueFrom: '<secret:shop/whole of the platform>' },
      { name: 'FLAGS', valueFrom: '/shop/flags' },
      { name: 'URL', valueFrom: '<db.url of the platform>' },
    ]);
    const values = Object.fromEntries(
      variables.map((variable) => [referenceOf(variable), `arn:of:${referenceOf(variable)}`]),
    );
    expect(withVariables(variables, values)?.secrets?.map(({ valueFrom }) => valueFrom)).toEqual([
      'arn:of:secret:shop/keys#stripe',
      'arn:of:secret:shop/whole',
      'arn:of:parameter:/shop/flags',
      'arn:of:store:db.url',
    ]);
  });

  it('that refers to a bucket of this machine brings its endpoint and key, but for what the description sets', () => {
    const bucket: Variable = {
      name: 'BUCKET',
      value: { from: 'store', store: 'photos', property: 'bucket' },
    };
    const own: Variable = { name: 'AWS_REGION', value: { from: 'literal', value: 'eu-west-1' } };
    const properties = ['bucket', 'endpoint', 'region', 'accessKeyId', 'secretAccessKey'];
    const values = Object.fromEntries(properties.map((name) => [`store:photos.${name}`, `/photos/${name}`]));
    expect(withVariables([bucket, own], values)?.secrets).toEqual([
      { name: 'BUCKET', valueFrom: '/photos/bucket' },
      { name: 'AWS_ENDPOINT_URL_S3', valueFrom: '/photos/endpoint' },
      { name: 'AWS_DEFAULT_REGION', valueFrom: '/photos/region' },
      { name: 'AWS_ACCESS_KEY_ID', valueFrom: '/photos/accessKeyId' },
      { name: 'AWS_SECRET_ACCESS_KEY', valueFrom: '/photos/secretAccessKey' },
    ]);
    // On AWS the task's role does it.
    const onAws = { 'store:photos.bucket': '/photos/bucket' };
    expect(withVariables([bucket], onAws)?.secrets).toHaveLength(1);
    expect(withVariables([own], values)?.secrets).toEqual([]);
  });

  it('called PORT keeps what the description says; without it a web service is told its port', () => {
    const said: Variable = { name: 'PORT', value: { from: 'literal', value: '1234' } };
    const { environment, service } = found('api');
    const port = service.kind === 'web' ? String(service.port) : '';
    expect(withVariables([said])?.environment).toEqual([{ name: 'PORT', value: '1234' }]);
    expect(withVariables([])?.environment).toEqual([{ name: 'PORT', value: port }]);
    const worker = all.find((one) => one.service.kind === 'worker');
    const definition = worker && render(worker.environment, { ...worker.service, variables: [] });
    expect(definition?.containerDefinitions?.[0]).toMatchObject({ environment: [] });
    expect(definition?.containerDefinitions?.[0]).not.toHaveProperty('portMappings');
    expect(environment.app).not.toBe('');
  });
});

describe('the difference between two definitions', () => {
  it('does not lie in the order of variables, of tags, or of what was never set', () => {
    const { environment, service } = found('api');
    const wanted = render(environment, service);
    const registered: TaskDefinition = {
      containerDefinitions: (wanted.containerDefinitions ?? []).map((container) => ({
        ...container,
        environment: container.environment?.toReversed(),
        secrets: container.secrets?.toReversed(),
        mountPoints: [],
        cpu: 0,
      })),
      family: wanted.family,
      cpu: wanted.cpu,
      memory: wanted.memory,
      networkMode: wanted.networkMode,
      requiresCompatibilities: wanted.requiresCompatibilities,
      executionRoleArn: wanted.executionRoleArn,
      revision: 7,
      status: 'ACTIVE',
    };
    expect(differences(wanted, registered)).toEqual([]);
    expect(sameDefinition(wanted, registered)).toBe(true);
  });

  it('tells what was and what is; a secret by where it comes from, and never by its value', () => {
    const { environment, service } = found('api');
    const reference: Variable = { name: 'KEY', value: { from: 'secret', name: 'keys', key: 'a' } };
    const { tags: _, ...before } = render(environment, { ...service, variables: [reference] });
    const after = render(
      environment,
      { ...service, variables: [reference], command: ['node', 'a b.js'] },
      { 'secret:keys#a': '/place/of/a' },
    );
    expect(differences(after, before)).toEqual([
      `containers.api.command: ${service.command.join(' ')} → node "a b.js"`,
      'containers.api.secrets.KEY: <secret:keys#a of the platform> → /place/of/a',
    ]);
  });
});
