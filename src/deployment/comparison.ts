import type { Comparison } from '../app/environment.ts';
import type { GroupTraffic } from '../ecs/group-traffic.ts';
import type { Figure } from '../journal/evidence.ts';

/** How green fares beside blue, under the same users at the same time. */
export interface Compared {
  /** `thin`: too few requests on one of them to say. */
  readonly is: 'as-good' | 'worse' | 'thin';
  readonly summary: string;
  readonly figures: readonly Figure[];
}

/** Differences below this are noise, whatever they are in percent. Milliseconds. */
const noise = 50;

/** Of green's requests at most so many, 0 to 1, may take longer than the limit: then its p95 is within it. */
const tail = 0.05;

/** Milliseconds within which green's p95 must be; null while blue has none. */
export function slowestFor({ slower }: Comparison, { p95 }: GroupTraffic): number | null {
  return p95 === null ? null : Math.max(p95 * (1 + slower), p95 + noise);
}

/** `slow`: share of green's requests, 0 to 1, that took longer than `slowestFor` blue. */
export function compareGroups(
  limits: Comparison,
  blue: GroupTraffic,
  green: GroupTraffic,
  slow: number | null,
): Compared {
  const errors = { blue: rate(blue), green: rate(green), limit: rate(blue) + limits.errorRate };
  const slowest = slowestFor(limits, blue);
  const tooSlow = slow !== null && slow > tail;
  const tooMany = errors.green > errors.limit;
  const figures: readonly Figure[] = [
    count('requests on blue', blue.requests, limits.requests),
    count('requests on green', green.requests, limits.requests),
    { name: 'error rate of blue', value: percent(errors.blue), unit: '%', limit: null, ok: true },
    {
      name: 'error rate of green',
      value: percent(errors.green),
      unit: '%',
      limit: percent(errors.limit),
      ok: !tooMany,
    },
    ...milliseconds('p95 of blue', blue.p95, null, true),
    ...milliseconds('p95 of green', green.p95, slowest, !tooSlow),
  ];
  const fewest = Math.min(blue.requests, green.requests);
  if (fewest < limits.requests) {
    const who = green.requests < limits.requests ? 'green' : 'blue';
    const summary = `${who} answered ${fewest} requests, and ${limits.requests} are needed to compare`;
    return { is: 'thin', summary, figures };
  }
  const faults = [
    ...(tooMany
      ? [
          `green failed ${percent(errors.green)} % of ${green.requests} requests, blue ${percent(errors.blue)} %`,
        ]
      : []),
    ...(tooSlow
      ? [
          `${percent(slow)} % of ${green.requests} requests on green took longer than ${ms(slowest)}, with a p95 of ${ms(blue.p95)} on blue`,
        ]
      : []),
  ];
  if (faults.length > 0) return { is: 'worse', summary: faults.join('; '), figures };
  const fine = `green fails ${percent(errors.green)} %, blue ${percent(errors.blue)} %; p95 ${ms(green.p95)} beside ${ms(blue.p95)}`;
  return { is: 'as-good', summary: `${fine} (${green.requests} requests on green)`, figures };
}

function rate({ requests, errors }: GroupTraffic): number {
  return requests === 0 ? 0 : errors / requests;
}

function count(name: string, value: number, least: number): Figure {
  return { name, value, unit: 'requests', limit: null, ok: value >= least };
}

function milliseconds(
  name: string,
  value: number | null,
  limit: number | null,
  ok: boolean,
): readonly Figure[] {
  return value === null ? [] : [{ name, value, unit: 'ms', limit, ok }];
}

const percent = (share: number): number => Math.round(share * 10_000) / 100;
const ms = (value: number | null): string => (value === null ? 'unknown' : `${Math.round(value)} ms`);
