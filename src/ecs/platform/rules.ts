import type {
  ElasticLoadBalancingV2Client,
  Rule,
  RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { WebService } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { awsCode } from '../failure.ts';
import type { Handover } from '../handover.ts';
import { orderOfRules } from './rule-order.ts';

export interface Routed {
  readonly service: WebService;
  readonly groups: readonly [string, string];
}

/**
 * One rule a service on a listener, that forwards to both of its target groups; tried in the order of the routes'
 * priorities. Rules of services that are no longer described keep their place until those go. Those that are to be
 * `found` are left as they are, and a new one takes no request yet.
 * @returns the rules by service
 */
export async function ensureRules(
  elb: ElasticLoadBalancingV2Client,
  listener: string,
  routed: readonly Routed[],
  routes: 'found' | 'described',
): Promise<ReadonlyMap<string, string>> {
  const { CreateRuleCommand, DescribeRulesCommand, ModifyRuleCommand, SetRulePrioritiesCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: listener }));
  const existing = (Rules ?? []).flatMap((rule) => existingRule(rule, routed));
  if (routes === 'found') {
    const last = Math.max(0, ...existing.map(({ priority }) => priority));
    return new Map(
      await Promise.all(
        routed.map(async (one, index) => {
          const rule = existing.find(({ service }) => service === one.service.name);
          const arn = rule?.arn ?? (await create(one, last + 1 + index, nothing));
          return [one.service.name, arn] as const;
        }),
      ),
    );
  }
  const wanted = routed.toSorted((a, b) => a.service.route.priority - b.service.route.priority);
  const order = orderOfRules(
    existing,
    wanted.map(({ service }) => service.name),
  );

  // All at once, since no two rules may have the same priority in between.
  const moves = order.flatMap(({ rule }, index) =>
    rule === null ? [] : [{ RuleArn: rule.arn, Priority: index + 1, before: rule.priority }],
  );
  if (moves.some(({ Priority, before }) => Priority !== before)) {
    const RulePriorities = moves.map(({ RuleArn, Priority }) => ({ RuleArn, Priority }));
    await elb.send(new SetRulePrioritiesCommand({ RulePriorities }));
  }

  const rules = new Map<string, string>();
  for (const [index, { rule, service }] of order.entries()) {
    const one = routed.find((candidate) => candidate.service.name === service);
    if (!one) continue;
    const Conditions = conditionsOf(one.service);
    if (rule === null) {
      rules.set(one.service.name, await create(one, index + 1, Conditions));
      continue;
    }
    // Actions are left alone: the engine moves the weights.
    await elb.send(new ModifyRuleCommand({ RuleArn: rule.arn, Conditions }));
    rules.set(one.service.name, rule.arn);
  }
  return rules;

  async function create({ groups }: Routed, Priority: number, Conditions: RuleCondition[]): Promise<string> {
    const TargetGroups = groups.map((TargetGroupArn, index) => ({
      TargetGroupArn,
      Weight: index === 0 ? 100 : 0,
    }));
    const Actions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups } }];
    const created = await elb.send(
      new CreateRuleCommand({ ListenerArn: listener, Priority, Conditions, Actions }),
    );
    const arn = created.Rules?.[0]?.RuleArn;
    if (arn === undefined) throw new Error('the engine made a rule without naming it');
    return arn;
  }
}

/** What no request matches: a rule must have conditions, and `.invalid` is a domain that nobody can have. */
export const nothing: RuleCondition[] = [
  { Field: 'host-header', HostHeaderConfig: { Values: ['no-release-yet.invalid'] } },
];

function matchesNothing({ Conditions }: Rule): boolean {
  const unused = nothing[0]?.HostHeaderConfig?.Values?.[0] ?? '';
  return (
    Conditions?.some(({ HostHeaderConfig }) => HostHeaderConfig?.Values?.includes(unused) === true) === true
  );
}

/** The target groups that a listener sends requests to. */
export async function servingGroups(
  elb: ElasticLoadBalancingV2Client,
  listener: string,
): Promise<ReadonlySet<string>> {
  const { DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { Rules } = await elb.send(new DescribeRulesCommand({ ListenerArn: listener }));
  const weighted = (Rules ?? [])
    .filter((rule) => !matchesNothing(rule))
    .flatMap(({ Actions }) => Actions ?? [])
    .flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []);
  return new Set(
    weighted.flatMap(({ TargetGroupArn, Weight = 0 }) =>
      TargetGroupArn === undefined || Weight === 0 ? [] : [TargetGroupArn],
    ),
  );
}

/** Takes the routes of a service that goes: its requests are then answered by whoever has the next rule. May be repeated. */
export async function removeRules(
  clients: Clients,
  { productionRule, testRule }: NonNullable<Handover['loadBalancer']>,
): Promise<void> {
  const { DeleteRuleCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  for (const RuleArn of [testRule, productionRule]) {
    try {
      await elb.send(new DeleteRuleCommand({ RuleArn }));
    } catch (error) {
      if (awsCode(error) !== 'RuleNotFoundException') throw error;
    }
  }
}

function existingRule({ RuleArn, Priority, Actions, IsDefault }: Rule, routed: readonly Routed[]) {
  if (RuleArn === undefined || IsDefault === true) return [];
  const groups = new Set(
    Actions?.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []).map(
      ({ TargetGroupArn }) => TargetGroupArn,
    ),
  );
  const owner = routed.find((one) => one.groups.some((group) => groups.has(group)));
  return [{ arn: RuleArn, priority: Number(Priority), service: owner?.service.name ?? null }];
}

function conditionsOf({ route }: WebService): RuleCondition[] {
  const conditions: RuleCondition[] = [];
  if (route.hosts.length > 0)
    conditions.push({ Field: 'host-header', HostHeaderConfig: { Values: [...route.hosts] } });
  if (route.paths.length > 0 || conditions.length === 0) {
    const paths = route.paths.length > 0 ? route.paths.map((path) => (path === '*' ? '/*' : path)) : ['/*'];
    conditions.push({ Field: 'path-pattern', PathPatternConfig: { Values: paths } });
  }
  return conditions;
}
