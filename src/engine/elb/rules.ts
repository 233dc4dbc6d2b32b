import type {
  CreateRuleInput,
  DeleteRuleInput,
  DescribeRulesInput,
  ModifyRuleInput,
  Rule,
  SetRulePrioritiesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { ruleArn } from '../model/arn.ts';
import type { RuleRow } from '../model/elb.ts';
import { checkedActions } from './actions.ts';
import { checkedConditions } from './conditions.ts';
import {
  invalidConfiguration,
  listenerNotFound,
  operationNotPermitted,
  ruleNotFound,
  validationError,
} from './failures.ts';
import { pageOf } from './paging.ts';
import { storeTags } from './tags.ts';

export function createRule(core: Core, input: CreateRuleInput) {
  const listener = core.tables.listeners.get(input.ListenerArn ?? '');
  if (listener === undefined) throw listenerNotFound(input.ListenerArn ?? '');
  const priority = checkedPriority(input.Priority);
  refuseTransforms(input.Transforms);
  if (core.tables.rules.in(listener.arn).some((rule) => rule.priority === priority))
    throw priorityInUse(priority);
  const row: RuleRow = {
    arn: ruleArn(listener.arn, core.ids.resource()),
    listenerArn: listener.arn,
    priority,
    conditions: checkedConditions(input.Conditions),
    actions: checkedActions(core, input.Actions),
  };
  core.tables.rules.put(row.arn, row);
  storeTags(core, row.arn, input.Tags);
  return { Rules: [view(row)] };
}

export function describeRules(core: Core, input: DescribeRulesInput) {
  const arns = input.RuleArns ?? [];
  let rows: RuleRow[];
  if (input.ListenerArn !== undefined && arns.length > 0)
    throw validationError('Listener rule ARNs and a listener ARN cannot be specified at the same time');
  if (input.ListenerArn !== undefined) {
    if (core.tables.listeners.get(input.ListenerArn) === undefined) throw listenerNotFound(input.ListenerArn);
    rows = [...core.tables.rules.in(input.ListenerArn)];
  } else if (arns.length === 0)
    throw validationError('You must specify either listener rule ARNs or a listener ARN');
  else rows = arns.map((arn) => existing(core, arn));
  rows.sort((a, b) => order(a) - order(b));
  const { items, nextMarker } = pageOf(rows, input);
  return { Rules: items.map(view), NextMarker: nextMarker };
}

export function modifyRule(core: Core, input: ModifyRuleInput) {
  const before = existing(core, input.RuleArn ?? '');
  refuseTransforms(input.Transforms);
  if (input.Conditions === undefined && input.Actions === undefined)
    throw validationError('Either conditions or actions must be specified');
  if (before.priority === 'default' && input.Conditions !== undefined)
    throw operationNotPermitted('Default rules have no conditions');
  const row: RuleRow = {
    ...before,
    conditions: input.Conditions === undefined ? before.conditions : checkedConditions(input.Conditions),
    actions: input.Actions === undefined ? before.actions : checkedActions(core, input.Actions),
  };
  core.tables.rules.put(row.arn, row);
  return { Rules: [view(row)] };
}

/** All at once, so that priorities can be exchanged. */
export function setRulePriorities(core: Core, input: SetRulePrioritiesInput) {
  const seen = new Set<number | undefined>();
  for (const { Priority } of input.RulePriorities ?? []) {
    if (seen.has(Priority)) throw validationError(`Priority '${Priority}' was provided multiple times`);
    seen.add(Priority);
  }
  const changed = (input.RulePriorities ?? []).map(({ RuleArn, Priority }) => {
    const row = existing(core, RuleArn ?? '');
    if (row.priority === 'default')
      throw operationNotPermitted('The priority of the default rule cannot be changed');
    return { ...row, priority: checkedPriority(Priority) };
  });
  for (const row of changed) core.tables.rules.put(row.arn, row);
  for (const row of changed) {
    const taken = core.tables.rules.in(row.listenerArn).filter((rule) => rule.priority === row.priority);
    if (taken.length > 1) throw priorityInUse(row.priority);
  }
  return { Rules: changed.map(view) };
}

export function deleteRule(core: Core, input: DeleteRuleInput) {
  const row = existing(core, input.RuleArn ?? '');
  if (row.priority === 'default') throw operationNotPermitted(`Default rule '${row.arn}' cannot be deleted`);
  core.tables.rules.delete(row.arn);
  core.tables.tags.delete(row.arn);
  return {};
}

function refuseTransforms(transforms: readonly unknown[] | undefined): void {
  if (transforms !== undefined && transforms.length > 0)
    throw invalidConfiguration('This engine does not have transforms in rules');
}

function existing(core: Core, arn: string): RuleRow {
  const row = core.tables.rules.get(arn);
  if (row === undefined) throw ruleNotFound(arn);
  return row;
}

const order = (row: RuleRow): number => (row.priority === 'default' ? Infinity : row.priority);

const priorityInUse = (priority: number | 'default'): ApiError =>
  new ApiError('PriorityInUseException', `Priority '${priority}' is currently in use`);

function checkedPriority(priority: number | undefined): number {
  if (priority === undefined || !Number.isInteger(priority) || priority < 1 || priority > 50_000) {
    throw validationError('A rule priority between 1 and 50000 must be specified');
  }
  return priority;
}

function view(row: RuleRow): Rule {
  return {
    RuleArn: row.arn,
    Priority: String(row.priority),
    Conditions: [...row.conditions],
    Actions: [...row.actions],
    IsDefault: row.priority === 'default',
  };
}
