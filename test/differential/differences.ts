/** Where the two do not answer alike, and the engine is right, or stands in for what it does not have. */
export interface Known {
  readonly operations: readonly string[];
  readonly paths: readonly string[];
  /** What each says there, and nothing else is taken for it. */
  readonly engine: RegExp;
  readonly moto: RegExp;
  readonly reason: string;
  /** The page of AWS's documentation that decides. */
  readonly page: string;
}

const absent = /^absent$/;

const api = {
  ssm: 'https://docs.aws.amazon.com/systems-manager/latest/APIReference/',
  secrets: 'https://docs.aws.amazon.com/secretsmanager/latest/apireference/',
  scaling: 'https://docs.aws.amazon.com/autoscaling/application/APIReference/',
};

export const known: readonly Known[] = [
  {
    operations: ['GetParameterHistory', 'DescribeParameters'],
    paths: ['Parameters[].LastModifiedUser'],
    engine: /^"arn:aws:iam::(?:\*|\d{12}):root"$/,
    moto: /^"N\/A"$/,
    reason: 'it is the ARN of the user',
    page: `${api.ssm}API_ParameterHistory.html`,
  },
  {
    operations: ['GetParameterHistory', 'DescribeParameters'],
    paths: ['Parameters[].Policies'],
    engine: /^\[\]$/,
    moto: absent,
    reason: 'the example of the answer has the empty list',
    page: `${api.ssm}API_GetParameterHistory.html`,
  },
  {
    operations: ['GetParameter'],
    paths: ['Parameter.Selector'],
    engine: /^":(?:\d|blue)"$/,
    moto: absent,
    reason: 'the version or label that was asked for is told',
    page: `${api.ssm}API_Parameter.html`,
  },
  {
    operations: ['CreateSecret'],
    paths: ['error'],
    engine: /^"InvalidRequestException"$/,
    moto: /^"ResourceExistsException"$/,
    reason: 'a name that waits for its deletion is not valid for the current state of the secret',
    page: `${api.secrets}API_CreateSecret.html`,
  },
  {
    operations: ['DescribeSecret', 'ListSecrets'],
    paths: ['LastAccessedDate', 'SecretList[].LastAccessedDate'],
    engine: /^"<time>"$/,
    moto: absent,
    reason: 'the day that the secret was last read',
    page: `${api.secrets}API_DescribeSecret.html`,
  },
  {
    operations: ['ListSecretVersionIds'],
    paths: ['Versions[].KmsKeyIds'],
    engine: /^\["DefaultEncryptionKey"\]$/,
    moto: absent,
    reason: 'the example of the answer names the default key',
    page: `${api.secrets}API_ListSecretVersionIds.html`,
  },
  {
    operations: ['ListSecretVersionIds'],
    paths: ['Versions[].LastAccessedDate'],
    engine: absent,
    moto: /^"<time>"$/,
    reason: 'it is null for a version that was not read, and moto tells a time in any case',
    page: `${api.secrets}API_SecretVersionsListEntry.html`,
  },
  {
    operations: ['ListSecretVersionIds'],
    paths: ['ARN'],
    engine: /^"arn:aws:secretsmanager:/,
    moto: /^"s\d+-(?:db|app\/key)"$/,
    reason: 'the ARN of the secret, not what it was asked by',
    page: `${api.secrets}API_ListSecretVersionIds.html`,
  },
  {
    operations: ['ListSecretVersionIds'],
    paths: ['NextToken'],
    engine: absent,
    moto: /^""$/,
    reason: 'there is one where there is more to come',
    page: `${api.secrets}API_ListSecretVersionIds.html`,
  },
  {
    operations: ['DescribeScalableTargets'],
    paths: ['ScalableTargets[].RoleARN'],
    engine: /^"arn:aws:iam::\S+AWSServiceRoleForApplicationAutoScaling_ECSService"$/,
    moto: absent,
    reason: 'where none is given it is the service-linked role',
    page: `${api.scaling}API_RegisterScalableTarget.html`,
  },
  {
    operations: ['DescribeScalableTargets'],
    paths: ['ScalableTargets[].SuspendedState'],
    engine: /^\{"DynamicScalingInSuspended":false,/,
    moto: absent,
    reason: 'the example of the answer has it with its defaults',
    page: `${api.scaling}API_DescribeScalableTargets.html`,
  },
  {
    operations: ['DeregisterScalableTarget'],
    paths: ['error'],
    engine: /^"ObjectNotFoundException"$/,
    moto: /^"ValidationException"$/,
    reason: 'what is not registered is not found',
    page: `${api.scaling}API_DeregisterScalableTarget.html`,
  },
  {
    operations: ['PutScalingPolicy', 'PutScheduledAction', 'DeleteScheduledAction'],
    paths: ['error', 'PolicyARN', 'Alarms'],
    engine: /^(?:"ObjectNotFoundException"|absent)$/,
    moto: /^(?:absent|"arn:.*"|\[.*\])$/,
    reason: 'a policy or action wants a registered target, and what is not there is not found',
    page: `${api.scaling}API_PutScalingPolicy.html`,
  },
  {
    operations: ['GetParameter'],
    paths: ['error'],
    engine: /^"ParameterVersionNotFound"$/,
    moto: /^"ParameterNotFound"$/,
    reason: 'a version or label that is not there has an error of its own',
    page: `${api.ssm}API_GetParameter.html`,
  },
  {
    operations: ['GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory'],
    paths: ['Parameter.Value', 'Parameters[].Value'],
    engine: /^"[A-Za-z0-9+/]+={0,2}"$/,
    moto: /^"kms:alias\/aws\/ssm:/,
    reason: 'what is not decrypted is a ciphertext, and moto has the value in it',
    page: `${api.ssm}API_GetParameter.html`,
  },
  {
    operations: ['UpdateSecretVersionStage'],
    paths: ['error'],
    engine: /^"InvalidRequestException"$/,
    moto: /^"InvalidParameterException"$/,
    reason: 'not decided: both are among the errors of the page',
    page: `${api.secrets}API_UpdateSecretVersionStage.html`,
  },
  {
    operations: ['DeleteScalingPolicy'],
    paths: ['error'],
    engine: /^"ObjectNotFoundException"$/,
    moto: /^"ValidationException"$/,
    reason: 'what is not there is not found',
    page: `${api.scaling}API_DeleteScalingPolicy.html`,
  },
  {
    operations: ['PutScalingPolicy', 'DescribeScalingPolicies'],
    paths: ['Alarms[]', 'ScalingPolicies[].Alarms[]'],
    engine: /^(?:absent|\[\])$/,
    moto: /^(?:\{"AlarmName":"TargetTracking-|\[\{"AlarmName":"TargetTracking-)/,
    reason: 'the engine tracks a target without alarms of its own',
    page: `${api.scaling}API_PutScalingPolicy.html`,
  },
  {
    operations: ['DescribeScheduledActions'],
    paths: ['ScheduledActions[].ScheduledActionARN'],
    engine: /^"arn:aws:autoscaling:us-east-1:\*:scheduledAction:\*:resource\/ecs/,
    moto: /^"arn:aws:autoscaling:us-east-1:\*:scheduledAction:ecs/,
    reason: 'the example of the answer has an id and resource/ before the service',
    page: `${api.scaling}API_DescribeScheduledActions.html`,
  },
  {
    operations: ['PutScalingPolicy', 'DescribeScalingPolicies'],
    paths: ['PolicyARN', 'ScalingPolicies[].PolicyARN'],
    engine: /:scalingPolicy:\*:resource\/ecs/,
    moto: /:scalingPolicy:\*:resource\/ecs/,
    reason: 'an update keeps the policy, and with it the ARN',
    page: `${api.scaling}API_PutScalingPolicy.html`,
  },
];
