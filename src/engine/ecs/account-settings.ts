import type { ListAccountSettingsRequest, Setting, SettingName } from '@aws-sdk/client-ecs';
import type { Core } from '../core.ts';
import { page } from '../paging.ts';
import { invalidParameter, invalidToken } from './failures.ts';
import { pageSize } from './limits.ts';

/** What an account that has never changed one has. */
const defaults: readonly (readonly [SettingName, string])[] = [
  ['awsvpcTrunking', 'disabled'],
  ['containerInsights', 'disabled'],
  ['containerInstanceLongArnFormat', 'enabled'],
  ['defaultLogDriverMode', 'non-blocking'],
  ['fargateEventWindows', 'disabled'],
  ['fargateFIPSMode', 'disabled'],
  ['fargateTaskRetirementWaitPeriod', '7'],
  ['guardDutyActivate', 'off'],
  ['serviceLongArnFormat', 'enabled'],
  ['tagResourceAuthorization', 'off'],
  ['taskLongArnFormat', 'enabled'],
];

/** Nobody can change one here: without `effectiveSettings` there is nothing to list. */
export function listAccountSettings(core: Core, input: ListAccountSettingsRequest) {
  const { name, value, effectiveSettings = false } = input;
  if (value !== undefined && name === undefined)
    throw invalidParameter('You must specify a setting name when a value is specified.');
  const principalArn = input.principalArn ?? `arn:aws:iam::${core.account.accountId}:root`;
  const settings = defaults
    .filter(([key]) => effectiveSettings && (name === undefined || key === name))
    .filter(([, held]) => value === undefined || held === value)
    .map(([key, held]): Setting => ({
      name: key,
      value: held,
      principalArn,
      type: key === 'guardDutyActivate' ? 'aws_managed' : 'user',
    }));
  const { items, nextToken } = page(
    settings,
    input.nextToken,
    pageSize(input.maxResults, 10, 10),
    invalidToken,
  );
  return { settings: [...items], nextToken };
}
