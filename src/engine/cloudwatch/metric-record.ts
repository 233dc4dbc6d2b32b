import type { Metric } from './metric.ts';
import type { Sample } from './sample.ts';

/** One sample of one metric. */
export interface MetricRecord {
  readonly metric: Metric;
  readonly unit: string;
  readonly sample: Sample;
}
