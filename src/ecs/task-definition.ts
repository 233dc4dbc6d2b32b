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
    const { environment: plain, secrets } = split(service.variables, handover.values);
    return {
      name: service.containerName,
      image,
      essential: true,
      command: [...service.command],
      ...(service.kind === 'web'
        ? { portMappings: [{ containerPort: service.port, protocol: 'tcp' as const }] }
        : {}),
      environment: service.kind === 'web' ? withPort(plain, service.port) : plain,
      secrets,
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

/** A container listens on its own port in `PORT`, unless the description says otherwise. */
function withPort(environment: readonly KeyValuePair[], port: number): KeyValuePair[] {
  if (environment.some(({ name }) => name === 'PORT')) return [...environment];
  return [...environment, { name: 'PORT', value: String(port) }];
}

function split(
  variables: readonly Variable[],
  values: Handover['values'],
): { environment: KeyValuePair[]; secrets: Secret[] } {
  const environment: KeyValuePair[] = [];
  const secrets: Secret[] = [];
  for (const { name, value } of variables) {
    if (value.from === 'literal') environment.push({ name, value: value.value });
    else secrets.push({ name, valueFrom: valueFrom(values, referenceOf({ name, value })) });
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

function valueFrom(values: Handover['values'], reference: string): string {
  const found = values[reference];
  if (found !== undefined) return found;
  // Parameters and secrets are ECS's own references; only a store's place is known to nobody but the platform.
  const colon = reference.indexOf(':');
  const kind = reference.slice(0, colon);
  const rest = reference.slice(colon + 1);
  if (kind === 'store') return `<${rest} of the platform>`;
  return kind === 'secret' ? rest.replace(/#(.+)$/, ':$1::') : rest;
}

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
