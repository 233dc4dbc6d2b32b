import type { Rule, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Problem } from '../../refusal.ts';
import { awsCode } from '../failure.ts';
import { handedOver, type Check, type Placed, type Ready } from './findings.ts';

type Balanced = NonNullable<Placed['handover']['loadBalancer']>;

/** ECS shifts traffic between two target groups that hang on both rules, of one load balancer, for tasks with addresses of their own. */
export const balancing: Check = {
  what: 'whether target groups and rules fit together',
  async look(ready) {
    const found = await Promise.all(
      ready.services.map(async (placed) => {
        const { loadBalancer } = placed.handover;
        return loadBalancer === null ? [] : problemsOf(ready, placed, loadBalancer);
      }),
    );
    return found.flat();
  },
};

async function problemsOf(ready: Ready, placed: Placed, balanced: Balanced): Promise<readonly Problem[]> {
  const [groups, rules] = await Promise.all([
    Promise.all(balanced.targetGroups.map((arn) => targetGroup(ready, arn))),
    Promise.all([balanced.productionRule, balanced.testRule].map((arn) => rule(ready, arn))),
  ]);
  const where = handedOver(ready, placed);
  const problem = (code: string, what: string, why: string, next: string): Problem => ({
    code,
    what: `${placed.service.name}: ${what}`,
    where,
    why,
    next,
  });
  const gone = [
    ...balanced.targetGroups.filter((_, index) => groups[index] === null),
    ...[balanced.productionRule, balanced.testRule].filter((_, index) => rules[index] === null),
  ];
  if (gone.length > 0)
    return gone.map((arn) =>
      problem(
        'platform-missing',
        `there is no ${arn}`,
        'the hand-over names it',
        'make it, or hand over what is there',
      ),
    );
  const known = groups.filter((group) => group !== null);
  return [
    ...known
      .filter(({ TargetType }) => TargetType !== 'ip')
      .map(({ TargetGroupName, TargetType }) =>
        problem(
          'target-type',
          `the target group ${TargetGroupName} takes targets of the type ${TargetType}`,
          'tasks on Fargate have addresses of their own (awsvpc): they are registered by IP address',
          'make the group anew with the target type `ip`',
        ),
      ),
    ...(new Set(known.map(({ VpcId }) => VpcId)).size > 1
      ? [
          problem(
            'target-groups-apart',
            'its two target groups are in different networks',
            known.map(({ TargetGroupName, VpcId }) => `${TargetGroupName} is in ${VpcId}`).join(', '),
            'make both in the network of the load balancer',
          ),
        ]
      : []),
    ...rules.flatMap((one) =>
      one === null
        ? []
        : balanced.targetGroups
            .filter((arn) => !forwards(one, arn))
            .map((arn) =>
              problem(
                'rule-without-group',
                `the rule ${one.RuleArn} does not forward to ${nameOf(arn)}`,
                'Amazon ECS rolls a blue-green deployment back (invalid networking configuration) unless both target groups hang on the production rule and on the test rule',
                'let the rule forward to both, one with weight 100 and one with weight 0',
              ),
            ),
    ),
    ...(balancerOf(balanced.productionRule) === balancerOf(balanced.testRule)
      ? []
      : [
          problem(
            'rules-apart',
            'its production rule and its test rule are of different load balancers',
            `${balancerOf(balanced.productionRule)} and ${balancerOf(balanced.testRule)}`,
            'hand over two rules of one load balancer',
          ),
        ]),
  ];
}

async function targetGroup({ clients }: Ready, arn: string): Promise<TargetGroup | null> {
  const { DescribeTargetGroupsCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  return orNull(async () => {
    const { TargetGroups } = await elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
    return TargetGroups?.[0] ?? null;
  });
}

async function rule({ clients }: Ready, arn: string): Promise<Rule | null> {
  const { DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const elb = await clients.elb();
  return orNull(async () => {
    const { Rules } = await elb.send(new DescribeRulesCommand({ RuleArns: [arn] }));
    return Rules?.[0] ?? null;
  });
}

async function orNull<Found>(find: () => Promise<Found | null>): Promise<Found | null> {
  const gone = ['TargetGroupNotFoundException', 'RuleNotFoundException', 'ListenerNotFoundException'];
  try {
    return await find();
  } catch (error) {
    if (gone.includes(awsCode(error) ?? '')) return null;
    throw error;
  }
}

function forwards({ Actions = [] }: Rule, group: string): boolean {
  return Actions.some(
    ({ TargetGroupArn, ForwardConfig }) =>
      TargetGroupArn === group ||
      ForwardConfig?.TargetGroups?.some(({ TargetGroupArn: arn }) => arn === group) === true,
  );
}

/** `app/shop/50dc6c495c0c9188` of `…:listener-rule/app/shop/50dc6c495c0c9188/<listener>/<rule>`. */
function balancerOf(rule: string): string {
  return rule.split('/').slice(1, 4).join('/');
}

/** `shop-blue` of `…:targetgroup/shop-blue/73e2d6bc24d8a067`. */
function nameOf(group: string): string {
  return group.split('/')[1] ?? group;
}
