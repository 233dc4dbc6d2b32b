import { returnedId, watched } from '../cloudwatch/alarm-settings.ts';
import type { AlarmRow } from '../model/cloudwatch.ts';
import type { Breach } from './adjustment.ts';
import type { MetricQuery } from './metrics.ts';

/** What an alarm watches. */
export function alarmMetric({ settings }: AlarmRow): MetricQuery {
  return settings.Metrics !== undefined && settings.Metrics.length > 0
    ? { metrics: settings.Metrics, returned: returnedId(settings) }
    : { metrics: [{ Id: 'm1', MetricStat: watched(settings) }], returned: 'm1' };
}

/** An alarm that somebody has set by hand is taken to be at its threshold. */
export function breachOf({ settings }: AlarmRow, value: number | null): Breach {
  const threshold = settings.Threshold ?? 0;
  const side = settings.ComparisonOperator?.startsWith('LessThan') === true ? 'below' : 'above';
  const distance = (value ?? threshold) - threshold;
  const beyond = side === 'above' ? distance >= 0 : distance <= 0;
  return { side, distance: beyond ? distance : 0 };
}
