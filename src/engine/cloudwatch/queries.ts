import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Core } from '../core.ts';
import { validationError } from './failures.ts';
import { evaluate } from './expression.ts';
import type { Scope, Worth } from './expression.ts';
import { measureOf, seriesOf } from './series.ts';
import type { Window } from './series.ts';
import { secondsMs } from './time.ts';

const mostQueries = 500;

/** The window for periods of this length, in CloudWatch's seconds. */
export type WindowFor = (periodSeconds: number) => Window;

/** Metrics and expressions that refer to each other by id, each read when it is first asked for. */
export class Queries {
  readonly #core: Core;
  readonly #windowFor: WindowFor;
  readonly #queries = new Map<string, MetricDataQuery>();
  readonly #worths = new Map<string, Worth | 'being read'>();

  constructor(core: Core, queries: readonly MetricDataQuery[], windowFor: WindowFor) {
    this.#core = core;
    this.#windowFor = windowFor;
    if (queries.length === 0 || queries.length > mostQueries)
      throw validationError(`The collection MetricDataQueries must have from 1 to ${mostQueries} members.`);
    for (const query of queries) {
      const id = query.Id ?? '';
      if (!/^[a-z]\w{0,254}$/.test(id))
        throw validationError(
          `Invalid metrics list: '${id}' is no Id. It must begin with a lowercase letter.`,
        );
      if (this.#queries.has(id)) throw validationError(`Invalid metrics list: Id '${id}' is not unique.`);
      if ((query.MetricStat === undefined) === (query.Expression === undefined))
        throw validationError(
          `Invalid metrics list: '${id}' must have exactly one of MetricStat and Expression.`,
        );
      this.#queries.set(id, query);
    }
  }

  worth(id: string): Worth {
    const known = this.#worths.get(id);
    if (known === 'being read') throw validationError(`Error in expression: '${id}' refers to itself.`);
    if (known !== undefined) return known;
    const query = this.#queries.get(id);
    if (query === undefined) throw validationError(`Error in expression: there is no Id '${id}'.`);
    this.#worths.set(id, 'being read');
    const worth = this.#read(query);
    this.#worths.set(id, worth);
    return worth;
  }

  #read(query: MetricDataQuery): Worth {
    if (query.MetricStat !== undefined) {
      const measure = measureOf(query.MetricStat);
      const { periodSeconds } = measure;
      return {
        kind: 'series',
        periodSeconds,
        points: seriesOf(this.#core, measure, this.#windowFor(periodSeconds)),
      };
    }
    return evaluate(query.Expression ?? '', this.#scope);
  }

  get #scope(): Scope {
    return {
      worth: (id) => this.worth(id),
      metricIds: [...this.#queries.values()].flatMap(({ Id, MetricStat }) =>
        Id === undefined || MetricStat === undefined ? [] : [Id],
      ),
      moments: (periodSeconds) => {
        const { from, until } = this.#windowFor(periodSeconds);
        const step = secondsMs(this.#core.settings, periodSeconds);
        return Array.from(
          { length: Math.max(0, Math.round((until - from) / step)) },
          (_, index) => from + index * step,
        );
      },
    };
  }
}
