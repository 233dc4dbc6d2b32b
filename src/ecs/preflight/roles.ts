import type { Problem } from '../../refusal.ts';
import { awsCode } from '../failure.ts';
import { placeIn } from '../task-definition.ts';
import { handedOver, type Check, type Placed, type Ready } from './findings.ts';

interface Role {
  readonly arn: string;
  /** What it is for, as in "the execution role of api". */
  readonly use: string;
  /** The part of AWS that takes it on. */
  readonly by: 'ecs-tasks.amazonaws.com' | 'ecs.amazonaws.com';
  readonly where: string;
}

/** ECS takes roles on: each must be there, and let it. */
export const trust: Check = {
  what: 'whether Amazon ECS may take on the roles',
  async look(ready) {
    const found = await Promise.all([...rolesOf(ready)].map(async (role) => untrusted(ready, role)));
    return found.flat();
  },
};

/** What a task needs before it starts is done by its execution role. Told by the policy simulator, where one may ask it. */
export const permissions: Check = {
  what: 'whether the execution roles may do what a start of a task needs',
  async look(ready) {
    const found = await Promise.all(ready.services.map((placed) => lacking(ready, placed)));
    return found.flat();
  },
};

function rolesOf(ready: Ready): readonly Role[] {
  const roles = ready.services.flatMap((placed): readonly Role[] => {
    const { service, handover } = placed;
    const where = handedOver(ready, placed);
    const role = (arn: string | null, use: string, by: Role['by']): readonly Role[] =>
      arn === null ? [] : [{ arn, use: `the ${use} role of ${service.name}`, by, where }];
    return [
      ...role(handover.roles.execution, 'execution', 'ecs-tasks.amazonaws.com'),
      ...role(handover.roles.task, 'task', 'ecs-tasks.amazonaws.com'),
      ...role(handover.loadBalancer?.role ?? null, 'infrastructure', 'ecs.amazonaws.com'),
    ];
  });
  const byUse = new Map(roles.map((role) => [`${role.arn} ${role.by}`, role]));
  return [...byUse.values()];
}

async function untrusted({ clients }: Ready, { arn, use, by, where }: Role): Promise<readonly Problem[]> {
  const { GetRoleCommand } = await import('@aws-sdk/client-iam');
  const iam = await clients.iam();
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: arn.slice(arn.lastIndexOf('/') + 1) }));
    if (decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '').includes(`"${by}"`)) return [];
    return [
      {
        code: 'role-untrusting',
        what: `${use}, ${arn}, does not let ${by} take it on`,
        where,
        why: 'its trust policy does not name that service',
        next: `add ${by} to the principals of its trust policy (sts:AssumeRole)`,
      },
    ];
  } catch (error) {
    if (awsCode(error) !== 'NoSuchEntityException') throw error;
    return [
      {
        code: 'role-missing',
        what: `there is no ${use.slice('the '.length)}, ${arn}`,
        where,
        why: 'the hand-over names it',
        next: 'make the role, or hand over the one that is meant',
      },
    ];
  }
}

interface Need {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

async function lacking(ready: Ready, placed: Placed): Promise<readonly Problem[]> {
  const { paginateSimulatePrincipalPolicy } = await import('@aws-sdk/client-iam');
  const client = await ready.clients.iam();
  const { execution } = placed.handover.roles;
  const denied: string[] = [];
  for (const { actions, resources } of needsOf(placed, ready.clients.address.region))
    for await (const { EvaluationResults = [] } of paginateSimulatePrincipalPolicy(
      { client },
      { PolicySourceArn: execution, ActionNames: [...actions], ResourceArns: [...resources] },
    ))
      for (const { EvalActionName = '', EvalDecision, EvalResourceName = '*' } of EvaluationResults)
        if (EvalDecision !== 'allowed') denied.push(`${EvalActionName} on ${EvalResourceName}`);
  if (denied.length === 0) return [];
  return [
    {
      code: 'role-lacks',
      what: `${placed.service.name}: its execution role may not ${denied.join(', ')}`,
      where: handedOver(ready, placed),
      why: `without it a task does not start; the role is ${execution}`,
      next: 'allow these actions in a policy of the role',
    },
  ];
}

function needsOf({ service, handover }: Placed, region: string): readonly Need[] {
  const account = /^arn:[^:]+:iam::(\d+):/.exec(handover.roles.execution)?.[1] ?? '*';
  const taken = service.variables.flatMap((variable) => placeIn(handover.values, variable) ?? []);
  const secrets = taken.filter((from) => from.includes(':secretsmanager:')).map(secretArn);
  const parameters = taken
    .filter((from) => !from.includes(':secretsmanager:'))
    .map((from) => (from.startsWith('arn:') ? from : parameterArn(from, region, account)));
  const group = `arn:aws:logs:${region}:${account}:log-group:${service.logGroup}:log-stream:*`;
  return [
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [group] },
    ...(secrets.length > 0 ? [{ actions: ['secretsmanager:GetSecretValue'], resources: secrets }] : []),
    ...(parameters.length > 0 ? [{ actions: ['ssm:GetParameters'], resources: parameters }] : []),
  ];
}

/** Without the key that may stand behind it. */
function secretArn(valueFrom: string): string {
  return valueFrom.split(':').slice(0, 7).join(':');
}

function parameterArn(name: string, region: string, account: string): string {
  return `arn:aws:ssm:${region}:${account}:parameter/${name.replace(/^\//, '')}`;
}
