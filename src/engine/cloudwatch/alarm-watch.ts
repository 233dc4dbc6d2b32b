import type { AlarmWatch, Core } from '../core.ts';
import type { AlarmRow } from '../model/cloudwatch.ts';
import type { Tables } from '../model/tables.ts';
import { furtherPeriods, judge, reasonOf } from './alarm-judgement.ts';
import type { Judgement, Period } from './alarm-judgement.ts';
import { periodOf, returnedId, termsOf, watched } from './alarm-settings.ts';
import { changeState } from './alarm-state.ts';
import { Queries } from './queries.ts';
import { measureOf, seriesOf } from './series.ts';
import type { Series } from './series.ts';
import { secondsMs } from './time.ts';

/** What deployments see of the alarms. */
export const alarmWatch = (tables: Pick<Tables, 'alarms'>): AlarmWatch => ({
  inAlarm: (names) => names.filter((name) => tables.alarms.get(name)?.state.value === 'ALARM'),
});

/** Evaluates every alarm once for each minute, or each period that is shorter. */
export class AlarmEvaluation {
  readonly #core: Core;
  /** What an alarm was when it was last evaluated, and up to what moment. */
  readonly #seen = new Map<string, { readonly configuredAt: number; readonly until: number }>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Looks at those whose next moment has come. */
  evaluate(now: number): void {
    const { alarms } = this.#core.tables;
    for (const name of this.#seen.keys()) if (alarms.get(name) === undefined) this.#seen.delete(name);
    for (const row of alarms.all()) {
      const step = secondsMs(this.#core.settings, Math.min(60, periodOf(row.settings)));
      const until = Math.floor(now / step) * step;
      const seen = this.#seen.get(row.name);
      if (seen?.until === until && seen.configuredAt === row.configuredAt) continue;
      this.#seen.set(row.name, { configuredAt: row.configuredAt, until });
      this.#evaluate(row, until, now);
    }
  }

  #evaluate(row: AlarmRow, until: number, now: number): void {
    const terms = termsOf(row.settings);
    const periods = this.#periods(row, until, terms.evaluationPeriods + furtherPeriods);
    const judgement = judge(periods, terms);
    if (judgement.state === null || judgement.state === row.state.value) return;
    const state = {
      value: judgement.state,
      reason: reasonOf(judgement, terms, row.state.value),
      reasonData: JSON.stringify(reasonData(row, judgement, now)),
    };
    this.#core.state.transaction(() => changeState(this.#core, row, state, now));
  }

  /** The last periods before a moment, newest first. */
  #periods(row: AlarmRow, until: number, count: number): readonly Period[] {
    const periodMs = secondsMs(this.#core.settings, periodOf(row.settings));
    const series = this.#series(row, until, count);
    return Array.from({ length: count }, (_, index) => {
      const at = until - (index + 1) * periodMs;
      return { at, value: series.get(at) ?? null };
    });
  }

  #series({ settings }: AlarmRow, until: number, count: number): Series {
    const window = (periodSeconds: number) => ({
      from: until - count * secondsMs(this.#core.settings, periodSeconds),
      until,
      origin: until,
    });
    if (settings.Metrics === undefined || settings.Metrics.length === 0) {
      const measure = measureOf(watched(settings));
      return seriesOf(this.#core, measure, window(measure.periodSeconds));
    }
    const worth = new Queries(this.#core, settings.Metrics, window).worth(returnedId(settings));
    return worth.kind === 'series' ? worth.points : new Map();
  }
}

function reasonData({ settings }: AlarmRow, { evaluated }: Judgement, now: number): object {
  return {
    version: '1.0',
    queryDate: new Date(now).toISOString(),
    startDate: evaluated.length === 0 ? undefined : new Date(evaluated.at(-1)?.at ?? now).toISOString(),
    statistic: settings.Statistic ?? settings.ExtendedStatistic,
    period: periodOf(settings),
    recentDatapoints: evaluated.map(({ value }) => value).toReversed(),
    threshold: settings.Threshold,
    evaluatedDatapoints: evaluated.map(({ at, value }) => ({ timestamp: new Date(at).toISOString(), value })),
  };
}
