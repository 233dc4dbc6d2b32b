import type { Tag } from '@aws-sdk/client-ecs';
import type { State } from '../state/state.ts';
import type { Table } from '../state/table.ts';
import type {
  ClusterRow,
  FamilyRow,
  ServiceDeploymentRow,
  ServiceEventsRow,
  ServiceRevisionRow,
  ServiceRow,
  TaskDefinitionRow,
  TaskRow,
} from './ecs.ts';
import type { ListenerRow, LoadBalancerRow, RuleRow, TargetGroupRow, TargetRow } from './elb.ts';
import type { LogGroupRow, LogStreamRow } from './logs.ts';
import type { ParameterRow } from './parameters.ts';
import type { AlarmHistoryRow, AlarmRow, DashboardRow } from './cloudwatch.ts';
import type { SecretRow } from './secrets.ts';
import type {
  ScalableTargetRow,
  ScalingActivitiesRow,
  ScalingPolicyRow,
  ScheduledActionRow,
} from './autoscaling.ts';

/** Everything the engine knows. Keys are ARNs unless said otherwise. */
export interface Tables {
  readonly clusters: Table<ClusterRow>;
  /** Grouped by family. */
  readonly taskDefinitions: Table<TaskDefinitionRow>;
  /** By family name. */
  readonly families: Table<FamilyRow>;
  /** Grouped by cluster. */
  readonly services: Table<ServiceRow>;
  readonly serviceEvents: Table<ServiceEventsRow>;
  /** Grouped by service. */
  readonly serviceRevisions: Table<ServiceRevisionRow>;
  /** Grouped by service. */
  readonly serviceDeployments: Table<ServiceDeploymentRow>;
  /** Grouped by service; tasks of RunTask are grouped by cluster. */
  readonly tasks: Table<TaskRow>;
  readonly loadBalancers: Table<LoadBalancerRow>;
  /** Grouped by load balancer. */
  readonly listeners: Table<ListenerRow>;
  /** Grouped by listener. */
  readonly rules: Table<RuleRow>;
  readonly targetGroups: Table<TargetGroupRow>;
  /** By `targetKey`, grouped by target group. */
  readonly targets: Table<TargetRow>;
  /** By name. */
  readonly parameters: Table<ParameterRow>;
  /** By name. */
  readonly secrets: Table<SecretRow>;
  /** By resource id, as what was done to them. */
  readonly scalableTargets: Table<ScalableTargetRow>;
  readonly scalingActivities: Table<ScalingActivitiesRow>;
  /** By `onResource`, grouped by resource id. */
  readonly scalingPolicies: Table<ScalingPolicyRow>;
  readonly scheduledActions: Table<ScheduledActionRow>;
  /** By name. */
  readonly logGroups: Table<LogGroupRow>;
  /** By `streamKey`, grouped by log group. */
  readonly logStreams: Table<LogStreamRow>;
  /** By name, as their history. */
  readonly alarms: Table<AlarmRow>;
  readonly alarmHistory: Table<AlarmHistoryRow>;
  /** By name. */
  readonly dashboards: Table<DashboardRow>;
  /** Tags by the ARN that they are on. */
  readonly tags: Table<readonly Tag[]>;
  /** What is fixed when the state is made: by name. */
  readonly identity: Table<string>;
}

export function openTables(state: State): Tables {
  return {
    clusters: state.table('clusters'),
    taskDefinitions: state.table('task_definitions', { group: (row) => row.family }),
    families: state.table('families'),
    services: state.table('services', { group: (row) => row.clusterArn }),
    serviceEvents: state.table('service_events'),
    serviceRevisions: state.table('service_revisions', { group: (row) => row.serviceArn }),
    serviceDeployments: state.table('service_deployments', { group: (row) => row.serviceArn }),
    tasks: state.table('tasks', { group: (row) => row.serviceArn ?? row.clusterArn }),
    loadBalancers: state.table('load_balancers'),
    listeners: state.table('listeners', { group: (row) => row.loadBalancerArn }),
    rules: state.table('rules', { group: (row) => row.listenerArn }),
    targetGroups: state.table('target_groups'),
    targets: state.table('targets', { group: (row) => row.targetGroupArn }),
    parameters: state.table('parameters'),
    secrets: state.table('secrets'),
    scalableTargets: state.table('scalable_targets'),
    scalingActivities: state.table('scaling_activities'),
    scalingPolicies: state.table('scaling_policies', { group: (row) => row.resourceId }),
    scheduledActions: state.table('scheduled_actions', { group: (row) => row.resourceId }),
    logGroups: state.table('log_groups'),
    logStreams: state.table('log_streams', { group: (row) => row.group }),
    alarms: state.table('alarms'),
    alarmHistory: state.table('alarm_history'),
    dashboards: state.table('dashboards'),
    tags: state.table('tags'),
    identity: state.table('identity'),
  };
}
