import type { GetRoleRequest } from '@aws-sdk/client-iam';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';

/**
 * Nothing here needs a permission, so roles are not made but named: a role exists while a task definition names it, and
 * it is one that tasks may take. Deployment tools ask for it before they deploy.
 */
export async function getRole(core: Core, { RoleName: name = '' }: GetRoleRequest) {
  const arn = namedRoles(core).find((one) => one.endsWith(`/${name}`));
  if (arn === undefined)
    throw new ApiError('NoSuchEntityException', `The role with name ${name} cannot be found.`, {
      status: 404,
    });
  return {
    Role: {
      Path: /:role(\/(?:.+\/)?)[^/]+$/.exec(arn)?.[1] ?? '/',
      RoleName: name,
      RoleId: `AROA${name
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]/g, '')
        .padEnd(16, '0')
        .slice(0, 16)}`,
      Arn: arn,
      CreateDate: new Date(0),
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trustOfTasks)),
      MaxSessionDuration: 3600,
    },
  };
}

const trustOfTasks = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};

function namedRoles({ tables, account }: Core): readonly string[] {
  const named = [...tables.taskDefinitions.all()].flatMap(({ definition }) => [
    definition.executionRoleArn,
    definition.taskRoleArn,
  ]);
  return named.flatMap((role) => {
    if (role === undefined || role === '') return [];
    return [role.startsWith('arn:') ? role : `arn:aws:iam::${account.accountId}:role/${role}`];
  });
}
