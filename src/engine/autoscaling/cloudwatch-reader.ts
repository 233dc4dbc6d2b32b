import { ApiError } from '../api/operations.ts';
import { Queries } from '../cloudwatch/queries.ts';
import { secondsMs } from '../cloudwatch/time.ts';
import type { Core } from '../core.ts';
import type { MetricReader } from './metrics.ts';

/** What is measured late counts for its period still when the next one is over. */
const periodsBack = 2;

/** Reads the engine's own CloudWatch. */
export function cloudwatchReader(core: Core, clock: () => number): MetricReader {
  return {
    latest({ metrics, returned }) {
      const now = clock();
      const queries = (): Queries =>
        new Queries(core, metrics, (periodSeconds) => {
          const periodMs = secondsMs(core.settings, periodSeconds);
          const until = Math.floor(now / periodMs) * periodMs;
          return { from: until - periodsBack * periodMs, until, origin: 0 };
        });
      try {
        const worth = queries().worth(returned);
        if (worth.kind !== 'series') return null;
        const newest = Math.max(...worth.points.keys());
        return worth.points.get(newest) ?? null;
      } catch (failure) {
        // An expression that CloudWatch refuses has no value.
        if (failure instanceof ApiError) return null;
        throw failure;
      }
    },
  };
}
