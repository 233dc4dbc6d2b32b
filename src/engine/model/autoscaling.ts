import type {
  ScalingActivityStatusCode,
  StepScalingPolicyConfiguration,
  SuspendedState,
  TargetTrackingScalingPolicyConfiguration,
} from '@aws-sdk/client-application-auto-scaling';

/** A service whose desired count is scaled; by its resource id, `service/cluster/name`. */
export interface ScalableTargetRow {
  readonly arn: string;
  readonly resourceId: string;
  readonly serviceArn: string;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly roleArn: string;
  readonly suspended: Readonly<Required<SuspendedState>>;
  readonly createdAt: number;
}

export interface ScalingPolicyRow {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly how:
    | { readonly kind: 'tracking'; readonly settings: TargetTrackingScalingPolicyConfiguration }
    | { readonly kind: 'step'; readonly settings: StepScalingPolicyConfiguration };
  readonly createdAt: number;
  /** When it last scaled out and what the capacity was before; the cooldown is counted from there. */
  readonly scaledOut: { readonly at: number; readonly from: number } | null;
  readonly scaledInAt: number | null;
}

export interface ScheduledActionRow {
  readonly arn: string;
  readonly name: string;
  readonly resourceId: string;
  readonly schedule: string;
  readonly timezone: string | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly minCapacity: number | null;
  readonly maxCapacity: number | null;
  readonly createdAt: number;
  /** The last moment that it was due and done. */
  readonly doneAt: number | null;
}

export interface ScalingActivitiesRow {
  readonly resourceId: string;
  /** Newest first, at most 100. */
  readonly items: readonly ScalingActivityEntry[];
}

export interface ScalingActivityEntry {
  readonly id: string;
  readonly desired: number;
  readonly cause: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly status: ScalingActivityStatusCode;
  readonly message: string;
}

/** Key of what has a name on a resource. */
export const onResource = (resourceId: string, name: string): string => `${resourceId}\n${name}`;
