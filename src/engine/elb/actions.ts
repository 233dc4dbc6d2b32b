import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { invalidConfiguration, targetGroupNotFound, validationError } from './failures.ts';

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
      for (const { TargetGroupArn: arn = '', Weight: weight = 1 } of groups) {
        if (core.tables.targetGroups.get(arn) === undefined) throw targetGroupNotFound(arn);
        if (!Number.isInteger(weight) || weight < 0 || weight > 999) {
          throw validationError(`Weight '${weight}' must be an integer between 0 and 999`);
        }
      }
      return forward(groups, action.ForwardConfig?.TargetGroupStickinessConfig, order);
    }
    case 'fixed-response': {
      if (!/^[245]\d\d$/.test(action.FixedResponseConfig?.StatusCode ?? '')) {
        throw invalidConfiguration('The StatusCode of a fixed response must be 2XX, 4XX or 5XX');
      }
      return { Type: 'fixed-response', FixedResponseConfig: action.FixedResponseConfig, Order: order };
    }
    case 'redirect': {
      const { StatusCode: status, ...given } = action.RedirectConfig ?? { StatusCode: undefined };
      if (status !== 'HTTP_301' && status !== 'HTTP_302')
        throw invalidConfiguration('The StatusCode of a redirect must be HTTP_301 or HTTP_302');
      const defaults = {
        Protocol: '#{protocol}',
        Port: '#{port}',
        Host: '#{host}',
        Path: '/#{path}',
        Query: '#{query}',
      };
      return {
        Type: 'redirect',
        RedirectConfig: { ...defaults, ...given, StatusCode: status },
        Order: order,
      };
    }
    case 'authenticate-cognito':
    case 'authenticate-oidc':
    case 'jwt-validation':
    case undefined:
      throw invalidConfiguration(`This engine does not have actions of type '${action.Type}'`);
  }
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
