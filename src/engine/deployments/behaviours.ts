import type { Assumptions } from './machine.ts';

/** One thing that this machine believes Amazon ECS to do, and how far that can be trusted. */
export type Behaviour = { readonly what: string } & (
  | { readonly standing: 'documented'; readonly page: string }
  /** Seen in the answers of the real service, by whom. */
  | { readonly standing: 'observed'; readonly by: string; readonly assumption?: keyof Assumptions }
  /** Nobody says. `assumption` is the switch under which the other answer is tested too. */
  | { readonly standing: 'assumed'; readonly assumption?: keyof Assumptions }
);

const guide = (page: string) => `https://docs.aws.amazon.com/AmazonECS/latest/developerguide/${page}.html`;
const workflow = guide('blue-green-deployment-how-it-works');
const pauses = guide('pause-lifecycle-hooks');
const breaker = guide('deployment-circuit-breaker');
const reference = (type: string) =>
  `https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_${type}.html`;

export const behaviours: readonly Behaviour[] = [
  { what: 'The stages, their order, and what runs in each.', standing: 'documented', page: workflow },
  {
    what: 'RECONCILE_SERVICE happens only where more than one revision is active at the start.',
    standing: 'documented',
    page: workflow,
  },
  {
    what: 'A stage that works for 24 hours fails and is rolled back.',
    standing: 'documented',
    page: workflow,
  },
  { what: 'A deployment may take 30 days in all.', standing: 'documented', page: workflow },
  {
    what: 'A pause lasts until it is answered or its time is up; then its action is taken.',
    standing: 'documented',
    page: pauses,
  },
  {
    what: 'No pause at TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT, none at SCALE_UP, BAKE_TIME and CLEAN_UP.',
    standing: 'documented',
    page: pauses,
  },
  {
    what: 'PRE_PRODUCTION_TRAFFIC_SHIFT pauses before every step of a linear or canary shift, with a hook id of its own.',
    standing: 'documented',
    page: pauses,
  },
  {
    what: 'A canary gets its percentage first and all the rest at once; its bake lies between.',
    standing: 'documented',
    page: guide('canary-deployment'),
  },
  {
    what: 'A linear shift moves in equal steps with a bake after each, but none at 100 percent, where BAKE_TIME follows.',
    standing: 'documented',
    page: reference('LinearConfiguration'),
  },
  {
    what: 'Percentages are multiples of 0.1, 3 at least for a linear step; bakes are 0 to 1440 minutes; defaults are 5 and 10, 10 and 6.',
    standing: 'documented',
    page: reference('CanaryConfiguration'),
  },
  {
    what: 'A canary or linear service has a load balancer.',
    standing: 'documented',
    page: guide('canary-deployment-implementation'),
  },
  {
    what: 'Every pause of a stage must be continued. ECS opens them together; here they open one after the other.',
    standing: 'documented',
    page: pauses,
  },
  {
    what: 'The wording of a pause that timed out, a hook that failed, and invalid networking.',
    standing: 'documented',
    page: guide('troubleshooting-blue-green'),
  },
  {
    what: 'StopServiceDeployment leads from PENDING and IN_PROGRESS over ROLLBACK_REQUESTED; later it changes nothing.',
    standing: 'documented',
    page: guide('stop-service-deployment'),
  },
  {
    what: 'The breaker trips at half the desired count, at least 3, at most 200, and follows the count.',
    standing: 'documented',
    page: breaker,
  },
  {
    what: 'Without rollback, a tripped breaker or a red alarm ends in STOPPED, and no new task is started.',
    standing: 'documented',
    page: guide('service-deployment'),
  },
  {
    what: 'An alarm that is red when a deployment starts is not watched during it.',
    standing: 'documented',
    page: guide('deployment-alarm-failure'),
  },
  {
    what: 'A threshold of its own counts failures (COUNT) or is a share of the desired count, with the bounds or without.',
    standing: 'documented',
    page: reference('ThresholdConfiguration'),
  },
  {
    what: 'A task that becomes healthy sets the count of failures to 0, unless resetOnHealthyTask is false.',
    standing: 'documented',
    page: reference('DeploymentCircuitBreaker'),
  },
  {
    what: 'A rolling deployment bakes after its old tasks have gone where it has alarms, with those watched, and not otherwise.',
    standing: 'documented',
    page: guide('deployment-alarm-failure'),
  },
  {
    what: 'Early success: over when healthyPercent of the new tasks are healthy and the bake is over; old tasks go before that (BLOCKING) or after (DEFERRED).',
    standing: 'documented',
    page: guide('early-success-criteria'),
  },
  {
    what: 'How many tasks a rolling deployment may have, and must keep healthy.',
    standing: 'documented',
    page: guide('deployment-type-ecs'),
  },
  {
    what: 'A first deployment that fails ends in ROLLBACK_FAILED: "No rollback candidate was found to run the rollback."',
    standing: 'documented',
    page: guide('action-logs-troubleshooting'),
  },
  {
    what: 'A task is as healthy as its essential containers that have a health check; a service replaces an unhealthy one.',
    standing: 'documented',
    page: reference('HealthCheck'),
  },
  {
    what: 'A container waits for START, COMPLETE, SUCCESS or HEALTHY of others, for their startTimeout at most, and stops before them.',
    standing: 'documented',
    page: reference('ContainerDependency'),
  },
  {
    what: 'A container whose dependency can never come true is not started, with exit code 143 and the words of the agent.',
    standing: 'observed',
    by: 'readers of the ECS agent, whose source is open',
  },
  {
    what: 'A container that holds more memory than it may ends with 137 and OutOfMemoryError.',
    standing: 'documented',
    page: guide('out-of-memory'),
  },
  {
    what: 'A first deployment runs its hooks.',
    standing: 'observed',
    by: 'users whose services could not be created because a PRE_SCALE_UP hook failed',
    assumption: 'firstDeploymentPauses',
  },
  {
    what: 'The circuit breaker covers blue-green, though its page says rolling only.',
    standing: 'observed',
    by: 'the acceptance tests of the Terraform provider for AWS',
    assumption: 'breakerCoversBlueGreen',
  },
  {
    what: 'A continue takes effect at once.',
    standing: 'assumed',
    assumption: 'continueDelayMs',
  },
  { what: 'Alarms are watched during pauses.', standing: 'assumed', assumption: 'alarmsSeenWhilePaused' },
  {
    what: 'Alarms are watched until CLEAN_UP, and told as DISABLED where one was red at the start.',
    standing: 'assumed',
  },
  {
    what: 'A rolling deployment with alarms bakes for bakeTimeInMinutes, or five minutes without it; ECS computes it from the alarms.',
    standing: 'assumed',
  },
  {
    what: 'Early success does not hold for a first deployment; tasks that start behind it may exceed maximumPercent for a moment.',
    standing: 'assumed',
  },
  {
    what: 'PRE_PRODUCTION_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT are reported again for each step, POST_PRODUCTION_TRAFFIC_SHIFT once.',
    standing: 'assumed',
  },
  {
    what: 'The words for a deployment configuration that is refused, and that one of another strategy goes with that strategy.',
    standing: 'assumed',
  },
  { what: 'Every stage is reported.', standing: 'assumed', assumption: 'unreportedStages' },
  {
    what: 'A service without a load balancer skips the traffic stages and their pauses.',
    standing: 'assumed',
    assumption: 'headlessTrafficStages',
  },
  {
    what: 'Green with traffic and without one healthy task is rolled back while blue is healthy.',
    standing: 'assumed',
    assumption: 'deadGreenRollsBack',
  },
  {
    what: 'The limit of a stage holds for its own work, not for its pauses.',
    standing: 'assumed',
    assumption: 'stageLimitMs',
  },
  {
    what: 'The limit of a deployment holds in every stage but the CLEAN_UP of a shift.',
    standing: 'assumed',
    assumption: 'deploymentLimitMs',
  },
  {
    what: 'A rollback fails when blue gets no further on its way up for ten minutes; what serves then is left serving.',
    standing: 'assumed',
    assumption: 'recoveryLimitMs',
  },
  {
    what: 'A first deployment that fails is left without tasks.',
    standing: 'assumed',
  },
  {
    what: 'A superseded or aborted deployment leaves tasks and weights as they are; the next one reconciles them.',
    standing: 'assumed',
  },
  {
    what: 'A rolling deployment first gives its own group the traffic that a broken-off shift left with the other.',
    standing: 'assumed',
  },
  {
    what: 'A deployment that is being rolled back, or cleans up after a shift, is finished first; what supersedes it waits.',
    standing: 'assumed',
  },
];

export const defaultAssumptions: Assumptions = {
  continueDelayMs: 0,
  firstDeploymentPauses: true,
  breakerCoversBlueGreen: true,
  alarmsSeenWhilePaused: true,
  unreportedStages: [],
  headlessTrafficStages: false,
  deadGreenRollsBack: true,
  stageLimitMs: 24 * 3_600_000,
  deploymentLimitMs: 30 * 24 * 3_600_000,
  recoveryLimitMs: 10 * 60_000,
};
