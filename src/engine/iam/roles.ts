import type { GetRoleRequest } from '@aws-sdk/client-iam';
import type { Core } from '../core.ts';

/**
 * Nothing here needs a permission, so roles are not made but named: whatever a role is called, it is there, and ECS may
 * take it on. Deployment tools ask for it before they deploy.
 */
export async function getRole({ tables, account }: Core, { RoleName: name = '' }: GetRoleRequest) {
  const named = [...tables.taskDefinitions.all()].flatMap(({ definition }) => [
    definition.executionRoleArn,
    definition.taskRoleArn,
  ]);
  const arn =
    named.find((role) => role?.startsWith('arn:') === true && role.endsWith(`/${name}`)) ??
    `arn:aws:iam::${account.accountId}:role/${name}`;
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
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trustOfEcs)),
      MaxSessionDuration: 3600,
    },
  };
}

const trustOfEcs = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: ['ecs-tasks.amazonaws.com', 'ecs.amazonaws.com'] },
      Action: 'sts:AssumeRole',
    },
  ],
};
