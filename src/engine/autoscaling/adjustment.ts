import type { StepScalingPolicyConfiguration } from '@aws-sdk/client-application-auto-scaling';

/** How far a metric is beyond an alarm's threshold, and on which side that is beyond. */
export interface Breach {
  readonly distance: number;
  readonly side: 'above' | 'below';
}

/** The capacity that a step policy makes of one; null when none of its steps is meant. */
export function steppedCapacity(
  settings: StepScalingPolicyConfiguration,
  breach: Breach,
  capacity: number,
): number | null {
  const step = settings.StepAdjustments?.find((each) =>
    contains(each.MetricIntervalLowerBound ?? -Infinity, each.MetricIntervalUpperBound ?? Infinity, breach),
  );
  if (step?.ScalingAdjustment === undefined) return null;
  const adjustment = step.ScalingAdjustment;
  switch (settings.AdjustmentType) {
    case 'ExactCapacity':
      return adjustment;
    case 'PercentChangeInCapacity':
      return capacity + percentage((capacity * adjustment) / 100, settings.MinAdjustmentMagnitude ?? 0);
    case 'ChangeInCapacity':
    case undefined:
      return capacity + adjustment;
  }
}

/** The bound that is nearer to the threshold belongs to the interval. */
function contains(lower: number, upper: number, { distance, side }: Breach): boolean {
  return side === 'above' ? lower <= distance && distance < upper : lower < distance && distance <= upper;
}

/**
 * Rounded towards zero, but never to it.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
 */
function percentage(change: number, least: number): number {
  if (change === 0) return 0;
  return Math.sign(change) * Math.max(Math.floor(Math.abs(change)), 1, least);
}
