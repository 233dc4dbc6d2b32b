import type { ElasticLoadBalancingV2Client, LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Environment } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { awsCode } from '../failure.ts';
import { handoverName, listHandovers } from '../handover.ts';
import { putParameter, removeParameter } from '../parameters.ts';
import { alarmsOf, removeAlarms } from './alarms.ts';
import { readGracePeriods, setGracePeriod } from './grace-periods.ts';
import { listenersOf } from './listeners.ts';
import { balancerName } from './names.ts';
import {
  forgetRestorePoint,
  parseAlarm,
  parseCheck,
  parseConditions,
  readRestorePoint,
  type RestorePoint,
} from './restore-point.ts';
import { nothing } from './rules.ts';
import { drainAttribute, targetGroupsOf } from './target-groups.ts';

type Named = Pick<Environment, 'app' | 'name'>;

/** Reads what a deployment may change, before it does. */
export async function takeRestorePoint(
  clients: Clients,
  environment: Named,
): Promise<Omit<RestorePoint, 'wanted'>> {
  const elb = await clients.elb();
  const handovers = await listHandovers(clients, environment.app, environment.name);
  return {
    handovers: Object.fromEntries(
      [...handovers].map(([service, handover]) => [service, JSON.stringify(handover)]),
    ),
    rules: (await rulesOf(elb, environment)).flat(),
    groups: await groupsOf(elb, await targetGroupsOf(elb, environment)),
    alarms: await readAlarms(clients, alarmsOf(handovers)),
    grace: await readGracePeriods(clients, [...handovers.values()]),
  };
}

/**
 * The release does not serve: what was changed for it is as it was before, and what is new takes no request. What was
 * made beside it stays, for the next try. May be repeated.
 */
export async function restore(clients: Clients, environment: Named): Promise<void> {
  const point = await readRestorePoint(clients, environment);
  if (point === null) return;
  const elb = await clients.elb();
  const { app, name } = environment;
  await restoreGroups(elb, point);
  await restoreRules(elb, environment, point);
  const handovers = await listHandovers(clients, app, name);
  await restoreAlarms(clients, alarmsOf(handovers), point);
  for (const one of point.grace) await setGracePeriod(clients, one);
  for (const [service, handover] of Object.entries(point.handovers))
    await putParameter(clients, handoverName(app, name, service), handover, 'String');
  for (const service of handovers.keys())
    if (point.handovers[service] === undefined)
      await removeParameter(clients, handoverName(app, name, service));
  await forgetRestorePoint(clients, environment);
}

async function restoreRules(
  elb: ElasticLoadBalancingV2Client,
  environment: Named,
  { rules: before }: RestorePoint,
): Promise<void> {
  const { ModifyRuleCommand, SetRulePrioritiesCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const ours = new Set(await targetGroupsOf(elb, environment));
  for (const rules of await rulesOf(elb, environment)) {
    let last = Math.max(0, ...before.map(({ priority }) => priority));
    const placed = rules.map((rule) => {
      const known = before.find(({ arn }) => arn === rule.arn);
      if (known) return { rule, ...known };
      const isNew = rule.groups.some((group) => ours.has(group));
      return { rule, priority: (last += 1), conditions: isNew ? nothing : rule.conditions };
    });
    for (const { rule, conditions } of placed)
      if (JSON.stringify(rule.conditions) !== JSON.stringify(conditions))
        await elb.send(new ModifyRuleCommand({ RuleArn: rule.arn, Conditions: conditions }));
    const RulePriorities = placed.map(({ rule, priority }) => ({ RuleArn: rule.arn, Priority: priority }));
    // All at once, since no two rules may have the same priority in between.
    if (placed.some(({ rule, priority }) => rule.priority !== priority))
      await elb.send(new SetRulePrioritiesCommand({ RulePriorities }));
  }
}

async function restoreGroups(elb: ElasticLoadBalancingV2Client, { groups }: RestorePoint): Promise<void> {
  const { ModifyTargetGroupAttributesCommand, ModifyTargetGroupCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const now = await groupsOf(
    elb,
    groups.map(({ arn }) => arn),
  );
  for (const { arn, check, drain } of groups) {
    const group = now.find((one) => one.arn === arn);
    if (group && JSON.stringify(group.check) !== JSON.stringify(check))
      await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: arn, ...check }));
    if (group && group.drain !== drain)
      await elb.send(
        new ModifyTargetGroupAttributesCommand({
          TargetGroupArn: arn,
          Attributes: [{ Key: drainAttribute, Value: drain }],
        }),
      );
  }
}

async function restoreAlarms(
  clients: Clients,
  names: readonly string[],
  { alarms }: RestorePoint,
): Promise<void> {
  if (alarms.length > 0) {
    const { PutMetricAlarmCommand } = await import('@aws-sdk/client-cloudwatch');
    const cloudwatch = await clients.cloudwatch();
    for (const alarm of alarms) await cloudwatch.send(new PutMetricAlarmCommand(alarm));
  }
  const before = new Set(alarms.map(({ AlarmName }) => AlarmName));
  await removeAlarms(
    clients,
    names.filter((name) => !before.has(name)),
  );
}

/** By listener. */
async function rulesOf(elb: ElasticLoadBalancingV2Client, environment: Named) {
  const { DescribeLoadBalancersCommand, DescribeRulesCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const asked = elb.send(new DescribeLoadBalancersCommand({ Names: [balancerName(environment)] }));
  const { LoadBalancers = [] } = await asked.catch((error: unknown): { LoadBalancers?: LoadBalancer[] } => {
    if (awsCode(error) === 'LoadBalancerNotFoundException') return {};
    throw error;
  });
  const balancer = LoadBalancers[0]?.LoadBalancerArn;
  if (balancer === undefined) return [];
  const listeners = await listenersOf(elb, balancer);
  return Promise.all(
    listeners.map(async ({ arn: ListenerArn }) => {
      const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
      return Rules.flatMap(({ RuleArn: arn, Priority, IsDefault, Conditions = [], Actions = [] }) =>
        arn === undefined || IsDefault === true
          ? []
          : [
              {
                arn,
                priority: Number(Priority),
                conditions: parseConditions(Conditions),
                groups: Actions.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []).flatMap(
                  ({ TargetGroupArn }) => TargetGroupArn ?? [],
                ),
              },
            ],
      );
    }),
  );
}

async function groupsOf(elb: ElasticLoadBalancingV2Client, arns: readonly string[]) {
  const { DescribeTargetGroupAttributesCommand, DescribeTargetGroupsCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  return Promise.all(
    arns.map(async (TargetGroupArn) => {
      const [{ TargetGroups = [] }, { Attributes = [] }] = await Promise.all([
        elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] })),
        elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn })),
      ]);
      return {
        arn: TargetGroupArn,
        drain: Attributes.find(({ Key }) => Key === drainAttribute)?.Value ?? '0',
        check: parseCheck(TargetGroups[0]),
      };
    }),
  );
}

async function readAlarms(clients: Clients, AlarmNames: readonly string[]): Promise<RestorePoint['alarms']> {
  if (AlarmNames.length === 0) return [];
  const { DescribeAlarmsCommand } = await import('@aws-sdk/client-cloudwatch');
  const cloudwatch = await clients.cloudwatch();
  const { MetricAlarms = [] } = await cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [...AlarmNames], MaxRecords: 100 }),
  );
  return MetricAlarms.flatMap((alarm) => parseAlarm(alarm) ?? []);
}
