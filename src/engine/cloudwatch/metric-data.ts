import type { GetMetricDataInput, MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import { invalidToken, validationError } from './failures.ts';
import type { Worth } from './expression.ts';
import { Queries } from './queries.ts';
import { windowOf } from './series.ts';
import { keptMs, secondsMs } from './time.ts';

/** All of it in one page. */
export async function getMetricData(core: Core, input: GetMetricDataInput) {
  if (input.NextToken !== undefined) throw invalidToken();
  const [start, end] = [input.StartTime?.getTime() ?? 0, input.EndTime?.getTime() ?? 0];
  if (start >= end) throw validationError('The parameter StartTime must be less than the parameter EndTime.');
  const queries = input.MetricDataQueries ?? [];
  const asked = new Queries(core, queries, (periodSeconds) =>
    // Further back there is nothing, and whoever fills gaps would fill them for ages.
    windowOf(Math.max(start, end - keptMs(core.settings)), end, secondsMs(core.settings, periodSeconds)),
  );
  const results = queries
    .filter((query) => query.ReturnData !== false)
    .flatMap((query) => resultsOf(query, asked.worth(query.Id ?? ''), input.ScanBy));
  return { MetricDataResults: results, Messages: [] };
}

function resultsOf(
  query: MetricDataQuery,
  worth: Worth,
  scan: GetMetricDataInput['ScanBy'],
): MetricDataResult[] {
  const results = (worth.kind === 'list' ? worth.items : [worth]).map((one) => {
    if (one.kind !== 'series')
      throw validationError(
        `Error in expression '${query.Id ?? ''}': the result must be a time series, and it is a number.`,
      );
    const points = [...one.points];
    return scan === 'TimestampAscending' ? points : points.toReversed();
  });
  const label = query.Label ?? query.MetricStat?.Metric?.MetricName ?? query.Id ?? '';
  return results.map((points) => ({
    Id: query.Id,
    Label: label,
    Timestamps: points.map(([at]) => new Date(at)),
    Values: points.map(([, value]) => value),
    StatusCode: 'Complete',
  }));
}
