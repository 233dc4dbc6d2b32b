import type {
  ContainerDefinition,
  KeyValuePair,
  RegisterTaskDefinitionCommandInput,
  Secret,
  TaskDefinition,
} from '@aws-sdk/client-ecs';
import type { Service, Variable, WebService, WorkerService } from '../app/environment.ts';
import type { Handover } from './handover.ts';

/** What ECS is asked to register. */
export type TaskDefinitionInput = RegisterTaskDefinitionCommandInput;

/** The services that run as tasks of an ECS service. */
export type TaskService = WebService | WorkerService;

export function isTaskService(service: Service): service is TaskService {
  return service.kind === 'web' || service.kind === 'worker';
}

export interface RenderInput {
  readonly app: string;
  readonly environment: string;
  readonly service: TaskService;
  /** Image reference by digest. */
  readonly image: string;
  readonly region: string;
  readonly handover: Pick<Handover, 'roles' | 'values'>;
}

/**
 * The task definition of a service, as ECS registers it. The same for every engine: what a laptop rehearses is what
 * AWS gets. Stable order, so that equal input gives equal JSON.
 */
export function renderTaskDefinition({
  app,
  environment,
  service,
  image,
  region,
  handover,
}: RenderInput): RegisterTaskDefinitionCommandInput {
  return {
    family: service.family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: String(service.cpu),
    memory: String(service.memory),
    executionRoleArn: handover.roles.execution,
    ...(handover.roles.task === null ? {} : { taskRoleArn: handover.roles.task }),
    containerDefinitions: [container()],
    tags: [
      { key: 'fairway:app', value: app },
      { key: 'fairway:environment', value: environment },
      { key: 'fairway:service', value: service.name },
    ],
  };

  function container(): ContainerDefinition {
    const { environment: plain, secrets } = split(service.variables, {
      values: handover.values,
      secrets: secretsOf(handover.roles.execution, region),
    });
    return {
      name: service.containerName,
      image,
      essential: true,
      command: [...service.command],
      ...(service.kind === 'web'
        ? { portMappings: [{ containerPort: service.port, protocol: 'tcp' as const }] }
        : {}),
      environment: service.kind === 'web' ? withPort(plain, service.port) : plain,
      secrets: [...secrets, ...bucketAccess(service.variables, handover.values)],
      stopTimeout: service.stop.grace,
      logConfiguration: {
        logDriver: 'awslogs',
        options: {
          'awslogs-group': service.logGroup,
          'awslogs-region': region,
          'awslogs-stream-prefix': service.logPrefix,
        },
      },
    };
  }
}

/** What an AWS SDK goes by, and the property of a bucket on this machine that says it. */
const bucketVariables = {
  AWS_ENDPOINT_URL_S3: 'endpoint',
  AWS_REGION: 'region',
  AWS_DEFAULT_REGION: 'region',
  AWS_ACCESS_KEY_ID: 'accessKeyId',
  AWS_SECRET_ACCESS_KEY: 'secretAccessKey',
} as const;

/**
 * On AWS a task's role lets it use its buckets. A bucket on this machine has an endpoint and a key of its own, which a
 * service that refers to the bucket gets beside what it asks for, unless its description sets the variable itself.
 */
function bucketAccess(variables: readonly Variable[], values: Handover['values']): Secret[] {
  const stores = variables.flatMap(({ value }) => (value.from === 'store' ? [value.store] : []));
  const bucket = stores.find((store) => values[`store:${store}.accessKeyId`] !== undefined);
  if (bucket === undefined) return [];
  return Object.entries(bucketVariables).flatMap(([name, property]) => {
    const place = values[`store:${bucket}.${property}`];
    const said = variables.some((variable) => variable.name === name);
    return said || place === undefined ? [] : [{ name, valueFrom: place }];
  });
}

/** A container listens on its own port in `PORT`, unless the description says otherwise. */
function withPort(environment: readonly KeyValuePair[], port: number): KeyValuePair[] {
  if (environment.some(({ name }) => name === 'PORT')) return [...environment];
  return [...environment, { name: 'PORT', value: String(port) }];
}

/** Where values come from: from the hand-over, or, as long as it does not say, from secrets with this beginning. */
interface Sources {
  readonly values: Handover['values'];
  readonly secrets: string | null;
}

function split(
  variables: readonly Variable[],
  sources: Sources,
): { environment: KeyValuePair[]; secrets: Secret[] } {
  const environment: KeyValuePair[] = [];
  const secrets: Secret[] = [];
  for (const { name, value } of variables) {
    if (value.from === 'literal') environment.push({ name, value: value.value });
    else secrets.push({ name, valueFrom: valueFrom(sources, { name, value }) });
  }
  return { environment, secrets };
}

/** How a variable's source is named in the hand-over: `store:db.url`, `secret:name`, `secret:name#key`, `parameter:/dev/x`. */
export function referenceOf({ value }: Variable): string {
  switch (value.from) {
    case 'literal':
      return '';
    case 'store':
      return `store:${value.store}.${value.property}`;
    case 'secret':
      return `secret:${value.name}${value.key === null ? '' : `#${value.key}`}`;
    case 'parameter':
      return `parameter:${value.name}`;
  }
}

/** Where the hand-over has the value of a variable, as a task definition refers to it; null where it does not say. */
export function placeIn(values: Handover['values'], variable: Variable): string | null {
  const { value } = variable;
  const found = values[referenceOf(variable)];
  if (found !== undefined) return found;
  switch (value.from) {
    case 'literal':
    case 'store':
      return null;
    case 'parameter':
      return value.name;
    case 'secret': {
      const whole = values[referenceOf({ ...variable, value: { ...value, key: null } })];
      // Only a secret's ARN takes a key behind it; a parameter, as it is on this machine, is one value.
      if (whole?.includes(':secretsmanager:') !== true) return null;
      return value.key === null ? whole : `${whole}:${value.key}::`;
    }
  }
}

function valueFrom({ values, secrets }: Sources, variable: Variable): string {
  const { value } = variable;
  const place = placeIn(values, variable);
  if (place !== null) return place;
  if (value.from === 'store') return ofThePlatform(`${value.store}.${value.property}`);
  if (value.from !== 'secret' || secrets === null) return ofThePlatform(referenceOf(variable));
  const arn = `${secrets}${value.name}-${unknownEnd}`;
  return value.key === null ? arn : `${arn}:${value.key}::`;
}

/** The ARN of a secret ends in characters that AWS chose when it was made: this stands for them until they are known. */
export const unknownEnd = '??????';

const ofThePlatform = (what: string): string => `<${what} of the platform>`;

/** The beginning of the ARNs of secrets; null on this machine, where a platform keeps them as parameters. */
function secretsOf(role: string, region: string): string | null {
  const account = /^arn:[^:]+:iam::([^:]+):/.exec(role)?.[1] ?? '<account>';
  return account === embeddedAccount ? null : `arn:aws:secretsmanager:${region}:${account}:secret:`;
}

const embeddedAccount = '000000000000';

/** Whether registering `wanted` would only make another revision of what `registered` already says. */
export function sameDefinition(
  wanted: RegisterTaskDefinitionCommandInput,
  registered: TaskDefinition,
): boolean {
  return canonical(essence(wanted)) === canonical(essence(registered));
}

/** What one says that the other does not, as `path: before → after`; secrets appear by reference only. */
export function differences(
  wanted: RegisterTaskDefinitionCommandInput,
  registered: TaskDefinition,
): readonly string[] {
  const before = flatten(essence(registered));
  const after = flatten(essence(wanted));
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return paths.flatMap((path) => {
    const [was, is] = [before[path], after[path]];
    if (was === is) return [];
    return [`${path}: ${was ?? '(unset)'} → ${is ?? '(unset)'}`];
  });
}

/** The members we set (but for tags, which an answer leaves out), in one shape for input and answer: order aside. */
function essence(definition: RegisterTaskDefinitionCommandInput | TaskDefinition) {
  return {
    family: definition.family,
    networkMode: definition.networkMode,
    requires: definition.requiresCompatibilities?.join(', '),
    cpu: definition.cpu,
    memory: definition.memory,
    executionRoleArn: definition.executionRoleArn,
    taskRoleArn: definition.taskRoleArn,
    containers: Object.fromEntries(
      (definition.containerDefinitions ?? []).map((container) => [
        container.name ?? '',
        {
          image: container.image,
          essential: container.essential,
          command: container.command?.map(word).join(' '),
          port: container.portMappings?.map(({ containerPort }) => containerPort).join(', ') || undefined,
          environment: Object.fromEntries(
            (container.environment ?? []).map(({ name, value }) => [name ?? '', value ?? '']),
          ),
          secrets: Object.fromEntries(
            (container.secrets ?? []).map(({ name, valueFrom }) => [name ?? '', valueFrom ?? '']),
          ),
          stopTimeout: container.stopTimeout,
          logDriver: container.logConfiguration?.logDriver,
          logGroup: container.logConfiguration?.options?.['awslogs-group'],
          logRegion: container.logConfiguration?.options?.['awslogs-region'],
          logPrefix: container.logConfiguration?.options?.['awslogs-stream-prefix'],
        },
      ]),
    ),
  };
}

/** Quoted where white space would hide where a word ends. */
function word(text: string): string {
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}

function flatten(value: unknown, path = ''): Record<string, string> {
  if (value === undefined) return {};
  if (typeof value === 'string') return { [path]: value };
  if (typeof value !== 'object' || value === null) return { [path]: JSON.stringify(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]: [string, unknown]) =>
      flatten(inner, path === '' ? key : `${path}.${key}`),
    ),
  );
}

function canonical(value: unknown): string {
  return JSON.stringify(Object.entries(flatten(value)).sort(([a], [b]) => (a < b ? -1 : 1)));
}
