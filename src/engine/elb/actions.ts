import type {
  Action,
  FixedResponseActionConfig,
  TargetGroupTuple,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import {
  invalidConfiguration,
  invalidLoadBalancerAction,
  missingField,
  targetGroupNotFound,
  validationError,
} from './failures.ts';
import { checkedRedirect } from './redirects.ts';

/** Actions as ELB keeps them: a forward always with its `ForwardConfig`, and with `TargetGroupArn` where it has one group. */
export function checkedActions(core: Core, actions: readonly Action[] | undefined): Action[] {
  if (actions === undefined || actions.length === 0) throw validationError('An action must be specified');
  if (actions.length > 1)
    throw new ApiError('TooManyActionsException', 'This engine takes exactly one action in a rule');
  return actions.map((action) => checkedAction(core, action));
}

function checkedAction(core: Core, action: Action): Action {
  const order = action.Order ?? 1;
  switch (action.Type) {
    case 'forward': {
      const groups = forwardGroups(action);
      if (groups.length === 0) throw validationError('A target group ARN must be specified');
      if (groups.length > 5) {
        throw new ApiError(
          'TargetGroupAssociationLimitException',
          'You can have at most 5 target groups in a forward action',
        );
      }
      const only = groups[0]?.TargetGroupArn;
      if (action.TargetGroupArn !== undefined && (groups.length > 1 || only !== action.TargetGroupArn)) {
        throw invalidLoadBalancerAction(
          `You cannot specify both 'TargetGroupArn' and a different 'ForwardConfig' in an action of type 'forward'`,
        );
      }
      const seen = new Set<string | undefined>();
      for (const { TargetGroupArn: arn } of groups) {
        if (seen.has(arn)) throw validationError(`Target group '${arn}' was specified more than once`);
        seen.add(arn);
      }
      for (const { TargetGroupArn: arn = '', Weight: weight = 1 } of groups) {
        if (core.tables.targetGroups.get(arn) === undefined) throw targetGroupNotFound(arn);
        if (!Number.isInteger(weight) || weight < 0 || weight > 999) {
          throw validationError(`Weight '${weight}' must be an integer between 0 and 999`);
        }
      }
      return forward(groups, checkedStickiness(action.ForwardConfig?.TargetGroupStickinessConfig), order);
    }
    case 'fixed-response': {
      return { Type: 'fixed-response', FixedResponseConfig: checkedResponse(action), Order: order };
    }
    case 'redirect': {
      return { Type: 'redirect', RedirectConfig: checkedRedirect(action), Order: order };
    }
    case 'authenticate-cognito':
    case 'authenticate-oidc':
    case 'jwt-validation':
    case undefined:
      throw invalidConfiguration(`This engine does not have actions of type '${action.Type}'`);
  }
}

const contentTypes = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];

function checkedResponse({ FixedResponseConfig: config }: Action): FixedResponseActionConfig {
  if (config === undefined) throw missingField('fixed-response', 'FixedResponseConfig');
  const { StatusCode: status, ContentType: type, MessageBody: body = '' } = config;
  if (!/^[245]\d\d$/.test(status ?? '')) {
    throw validationError(
      `1 validation error detected: Value '${status}' at 'actions.1.member.fixedResponseConfig.statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(2|4|5)\\d\\d$`,
    );
  }
  if (type !== undefined && !contentTypes.includes(type)) {
    throw invalidLoadBalancerAction(
      `The ContentType must be one of: 'text/html', 'application/json', 'application/javascript', 'text/css', 'text/plain'`,
    );
  }
  if (body.length > 1024)
    throw validationError('The message body of a fixed response can have at most 1024 characters');
  return config;
}

function checkedStickiness(given: Stickiness): Stickiness {
  const { Enabled: enabled = false, DurationSeconds: seconds } = given ?? {};
  if (enabled && seconds === undefined)
    throw validationError('You must specify a target group stickiness duration when stickiness is enabled');
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= 604_800))
    throw validationError(
      `Target group stickiness duration '${seconds}' must be between 1 and 604800 seconds`,
    );
  return given;
}

/** The groups of a forward action with their weights, whichever way they were written. */
export function forwardGroups(action: Action): TargetGroupTuple[] {
  const groups = action.ForwardConfig?.TargetGroups ?? [];
  if (groups.length > 0)
    return groups.map((group) => ({ TargetGroupArn: group.TargetGroupArn, Weight: group.Weight ?? 1 }));
  return action.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }];
}

type Stickiness = NonNullable<Action['ForwardConfig']>['TargetGroupStickinessConfig'];

export function forward(groups: TargetGroupTuple[], stickiness: Stickiness, order: number): Action {
  const [only] = groups;
  return {
    Type: 'forward',
    ...(groups.length === 1 && only !== undefined ? { TargetGroupArn: only.TargetGroupArn } : {}),
    Order: order,
    ForwardConfig: { TargetGroups: groups, TargetGroupStickinessConfig: stickiness ?? { Enabled: false } },
  };
}
