import type { Core } from '../core.ts';
import type { DeploymentState, Weights } from '../deployments/machine.ts';
import { forward, forwardGroups } from '../elb/actions.ts';
import type { Route, ServiceRevisionRow } from '../model/ecs.ts';
import type { RuleRow } from '../model/elb.ts';

/** Which group is blue and which is green on a rule. */
export interface Colours {
  readonly rule: string;
  readonly source: string;
  readonly target: string;
}

/**
 * The rules of one kind that a deployment moves: the target is the group of its revision, the source the other one. In a
 * rolling deployment old and new tasks are both in the target.
 */
export function colours(target: ServiceRevisionRow, kind: 'production' | 'test'): readonly Colours[] {
  return (target.routes ?? []).flatMap((route) => {
    const rule = kind === 'production' ? route.productionRule : route.testRule;
    const other = route.alternateTargetGroupArn;
    return rule === null || other === null ? [] : [{ rule, source: other, target: route.targetGroupArn }];
  });
}

/** Rules have whole weights up to 999; a percentage with a decimal is written in tenths. */
export function ruleWeights(weights: Weights): Weights {
  const whole = Number.isInteger(weights.source) && Number.isInteger(weights.target);
  return whole
    ? weights
    : { source: Math.round(weights.source * 10), target: Math.round(weights.target * 10) };
}

/** Writes what the deployment wants into the rules, where `DescribeRules` shows it and the balancer takes it from. */
export function writeWeights(core: Core, state: DeploymentState, target: ServiceRevisionRow): void {
  for (const [kind, wanted] of [
    ['production', state.desired.production],
    ['test', state.desired.test],
  ] as const) {
    if (wanted === null) continue;
    for (const { rule, ...groups } of colours(target, kind)) {
      const row = core.tables.rules.get(rule);
      if (row !== undefined) core.tables.rules.put(rule, weighted(row, groups, ruleWeights(wanted)));
    }
  }
}

function weighted(row: RuleRow, groups: Omit<Colours, 'rule'>, weights: Weights): RuleRow {
  const [action] = row.actions;
  if (action === undefined) return row;
  const before = forwardGroups(action);
  const wanted = new Map([
    [groups.source, weights.source],
    [groups.target, weights.target],
  ]);
  if (before.every((group) => (wanted.get(group.TargetGroupArn ?? '') ?? group.Weight) === group.Weight))
    return row;
  const after = before.map((group) => ({
    ...group,
    Weight: wanted.get(group.TargetGroupArn ?? '') ?? group.Weight,
  }));
  return {
    ...row,
    actions: [forward(after, action.ForwardConfig?.TargetGroupStickinessConfig, action.Order ?? 1)],
  };
}

/**
 * The share of either colour on a rule as it stands, in percent; null when neither gets anything, or when the rule does not
 * carry both, so that nothing can be moved between them.
 */
export function presentWeights(core: Core, { rule, source, target }: Colours): Weights | null {
  const [action] = core.tables.rules.get(rule)?.actions ?? [];
  if (action === undefined) return null;
  const weightOf = (group: string) =>
    forwardGroups(action).find((member) => member.TargetGroupArn === group)?.Weight;
  const [ofSource, ofTarget] = [weightOf(source), weightOf(target)];
  if (ofSource === undefined || ofTarget === undefined || ofSource + ofTarget === 0) return null;
  const share = Math.round((ofTarget / (ofSource + ofTarget)) * 1000) / 10;
  return { source: Math.round((100 - share) * 10) / 10, target: share };
}

/** Why the load balancer cannot carry a deployment that shifts traffic; null when it can. */
export function networkingProblem(core: Core, target: ServiceRevisionRow): string | null {
  for (const kind of ['production', 'test'] as const) {
    for (const { rule, ...groups } of colours(target, kind)) {
      const [action] = core.tables.rules.get(rule)?.actions ?? [];
      if (action === undefined) return `The ${kind} listener rule ${rule} does not exist.`;
      const members = forwardGroups(action).map((group) => group.TargetGroupArn);
      const missing = [groups.target, groups.source].find((group) => !members.includes(group));
      if (missing !== undefined)
        return `The target group ${missing} is not associated with the ${kind} listener rule ${rule}.`;
    }
  }
  return null;
}

export const isBalanced = (routes: readonly Route[] | null): boolean => (routes ?? []).length > 0;
