import { validation } from './failures.ts';

/** When a scheduled action is due. `at` and `cron` go by the clock, `rate` by the engine's minutes. */
export type Schedule =
  | { readonly kind: 'at'; readonly time: number }
  | { readonly kind: 'rate'; readonly minutes: number }
  | { readonly kind: 'cron'; readonly fields: readonly Field[]; readonly zone: string };

/** The values that a field of a cron expression allows. */
type Field = ReadonlySet<number>;

/** Throws what PutScheduledAction refuses with. */
export function readSchedule(text: string, timezone: string | null): Schedule {
  const found = /^(at|rate|cron)\((.+)\)$/.exec(text.trim());
  const [, kind, content = ''] = found ?? [];
  const zone = checkedZone(timezone ?? 'UTC');
  switch (kind) {
    case 'at': {
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content)) throw invalid(text);
      const wall = Date.parse(`${content}Z`);
      if (Number.isNaN(wall)) throw invalid(text);
      return { kind, time: wall - offsetOf(wall, zone) };
    }
    case 'rate': {
      const [, value = '', unit = ''] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(content) ?? [];
      if (value === '') throw invalid(text);
      return { kind, minutes: Number(value) * (unit === 'day' ? 1440 : unit === 'hour' ? 60 : 1) };
    }
    case 'cron': {
      const parts = content.trim().split(/\s+/);
      if (parts.length !== ranges.length) throw invalid(text);
      return { kind, zone, fields: parts.map((part, index) => fieldOf(part, index, text)) };
    }
    case undefined:
    default:
      throw invalid(text);
  }
}

/** Whether it has been due after `from`, up to `until`. */
export function isDue(
  schedule: Schedule,
  { from, until, begin, minuteMs }: { from: number; until: number; begin: number; minuteMs: number },
): boolean {
  switch (schedule.kind) {
    case 'at':
      return from < schedule.time && schedule.time <= until;
    case 'rate': {
      const every = schedule.minutes * minuteMs;
      return Math.floor((until - begin) / every) > Math.floor((from - begin) / every);
    }
    case 'cron': {
      // What was due while the engine was away for long is not caught up with.
      const first = Math.max(Math.floor(from / 60_000) + 1, Math.floor(until / 60_000) - 5);
      for (let minute = first; minute * 60_000 <= until; minute += 1)
        if (matches(schedule, minute * 60_000)) return true;
      return false;
    }
  }
}

/** Minute, hour, day of the month, month, day of the week (1 is Sunday), year: AWS's order. */
const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [1, 7],
  [1970, 2199],
] as const;
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

function fieldOf(text: string, index: number, whole: string): Field {
  const [least, most] = ranges[index] ?? [0, 0];
  const names = index === 3 ? months : index === 4 ? days : [];
  const numberOf = (word: string): number => {
    const name = names.indexOf(word.toUpperCase());
    const number = name >= 0 ? name + 1 : /^\d+$/.test(word) ? Number(word) : Number.NaN;
    if (!(number >= least && number <= most)) throw invalid(whole);
    return number;
  };
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) throw invalid(whole);
    const [from, to] = boundsOf(range, step !== undefined);
    for (let value = from; value <= to; value += Number(step ?? 1)) values.add(value);
  }
  return values;

  function boundsOf(range: string, stepped: boolean): readonly [number, number] {
    if (range === '*' || range === '?') return [least, most];
    const [first = '', last, ...more] = range.split('-');
    if (more.length > 0) throw invalid(whole);
    const from = numberOf(first);
    if (last !== undefined) return [from, numberOf(last)];
    return [from, stepped ? most : from];
  }
}

function matches({ fields, zone }: Extract<Schedule, { kind: 'cron' }>, time: number): boolean {
  const wall = new Date(time + offsetOf(time, zone));
  const parts = [
    wall.getUTCMinutes(),
    wall.getUTCHours(),
    wall.getUTCDate(),
    wall.getUTCMonth() + 1,
    wall.getUTCDay() + 1,
    wall.getUTCFullYear(),
  ];
  return parts.every((part, index) => fields[index]?.has(part) === true);
}

/** How far the zone's clocks are ahead of UTC. */
function offsetOf(time: number, zone: string): number {
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wall - Math.floor(time / 1000) * 1000;
}

function checkedZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw validation(`Invalid time zone: ${zone}`);
  }
}

const invalid = (text: string) =>
  validation(
    `Invalid schedule expression: ${text}. It must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields).`,
  );
