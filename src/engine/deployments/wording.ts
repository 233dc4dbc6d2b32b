import type { DeploymentState, LifecycleStage } from './machine.ts';

/** ECS's own sentences, as `statusReason`, `rollback.reason` and the events of a service carry them. */
export const reasons = {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshooting-blue-green.html
  pauseTimedOut: (stage: LifecycleStage) =>
    `Service deployment rolled back because ${stage} pause hook timed out.`,
  hookFailed: (stage: LifecycleStage) =>
    `Service deployment rolled back because ${stage} lifecycle hook(s) failed.`,
  networking: (problem: string) =>
    `Service deployment rolled back because of invalid networking configuration. ${problem}`,
  // Seen in the wild: acceptance tests of the Terraform provider, reports of users.
  breaker: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
  user: 'Service deployment rolled back by user.',
  noCandidate: 'No rollback candidate was found to run the rollback.',
  // Ours, in the same voice.
  breakerStopped: 'Service deployment stopped because the circuit breaker threshold was exceeded.',
  alarms: (names: readonly string[]) =>
    `Service deployment rolled back because of CloudWatch alarm(s) in ALARM state: ${names.join(', ')}.`,
  alarmsStopped: (names: readonly string[]) =>
    `Service deployment stopped because of CloudWatch alarm(s) in ALARM state: ${names.join(', ')}.`,
  deadGreen: 'Service deployment rolled back because no task of the target service revision is healthy.',
  stageTimedOut: (stage: LifecycleStage) =>
    `Service deployment rolled back because the ${stage} lifecycle stage timed out.`,
  deploymentTimedOut: 'Service deployment rolled back because it timed out.',
  aborted: 'Service deployment stopped by user.',
  superseded: 'Service deployment stopped because a new service deployment was started.',
  notRecovered: 'The source service revision could not be brought up to run the rollback.',
};

type Named = Pick<DeploymentState, 'service' | 'id'>;

export const events = {
  completed: ({ service, id }: Named) => `(service ${service}) (deployment ${id}) deployment completed.`,
  steady: ({ service }: Named) => `(service ${service}) has reached a steady state.`,
  failed: ({ service, id }: Named, why: string) =>
    `(service ${service}) (deployment ${id}) deployment failed: ${why}`,
  tasksFailed: 'tasks failed to start.',
  alarmDetected: 'alarm detected.',
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html
  stuck: ({ service }: Named) =>
    `(service ${service}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
  rollingBack: ({ service }: Named, revision: string) =>
    `(service ${service}) rolling back to service revision ${revision}.`,
  rollbackFailed: ({ service, id }: Named, why: string) =>
    `(service ${service}) (deployment ${id}) rollback has failed. ${why}`,
};
