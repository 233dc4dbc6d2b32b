import { validationError } from './failures.ts';
import type { Series } from './series.ts';

/** What an expression is worth: a number, values over time, or several of these. */
export type Worth =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'series'; readonly points: Series; readonly periodSeconds: number }
  | { readonly kind: 'list'; readonly items: readonly Worth[] };

/** What an expression may refer to. */
export interface Scope {
  /** The worth of another query by its id; throws where there is none. */
  worth(id: string): Worth;
  /** The ids of the metrics that are asked for, not of expressions. */
  readonly metricIds: readonly string[];
  /** When each period of this length begins, oldest first. */
  moments(periodSeconds: number): readonly number[];
}

/** Throws for what is not understood. */
export function evaluate(expression: string, scope: Scope): Worth {
  const reader = new ExpressionReader(expression, scope);
  const worth = reader.expression(0);
  reader.end();
  return worth;
}

const TOKEN =
  /\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|[A-Za-z_]\w*|"[^"]*"|'[^']*'|&&|\|\||[<>!=]=|[-+*/^(),<>[\]])/y;

/** Binary operators by how tightly they bind. */
const levels: readonly (readonly string[])[] = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];

class ExpressionReader {
  readonly #tokens: string[] = [];
  readonly #scope: Scope;
  readonly #text: string;
  #at = 0;

  constructor(text: string, scope: Scope) {
    this.#text = text;
    this.#scope = scope;
    const token = new RegExp(TOKEN);
    const whole = text.trimEnd();
    while (token.lastIndex < whole.length) {
      const found = token.exec(whole)?.[1];
      if (found === undefined) throw this.#wrong();
      this.#tokens.push(found);
    }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#wrong();
  }

  expression(level: number): Worth {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.expression(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.#at += 1;
      left = combined(left, this.expression(level + 1), operation(operator));
    }
  }

  #unary(): Worth {
    if (this.#skip('-')) return mapped(this.#unary(), (value) => -value);
    if (this.#skip('(')) {
      const inner = this.expression(0);
      this.#take(')');
      return inner;
    }
    if (this.#skip('[')) return { kind: 'list', items: this.#arguments(']') };
    const token = this.#tokens[this.#at];
    if (token === undefined) throw this.#wrong();
    this.#at += 1;
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) };
    if (!/^[A-Za-z]/.test(token)) throw this.#wrong();
    if (this.#skip('(')) return this.#call(token);
    return this.#scope.worth(token);
  }

  #arguments(closing: string): Worth[] {
    const found: Worth[] = [];
    if (this.#skip(closing)) return found;
    do found.push(this.expression(0));
    while (this.#skip(','));
    this.#take(closing);
    return found;
  }

  #call(name: string): Worth {
    switch (name) {
      case 'METRICS': {
        const text = this.#skip(')') ? '' : this.#lastText();
        const ids = this.#scope.metricIds.filter((id) => id.includes(text));
        return { kind: 'list', items: ids.map((id) => this.#scope.worth(id)) };
      }
      case 'FILL':
        return this.#fill();
      default:
        return applied(name, this.#arguments(')'), this.#scope) ?? fail(this.#wrong());
    }
  }

  /** A quoted argument, the last one. */
  #lastText(): string {
    const token = this.#tokens[this.#at] ?? '';
    if (!/^["']/.test(token)) throw this.#wrong();
    this.#at += 1;
    this.#take(')');
    return token.slice(1, -1);
  }

  #fill(): Worth {
    const worth = this.expression(0);
    this.#take(',');
    const repeat = this.#skip('REPEAT');
    const filler = repeat ? null : this.expression(0);
    this.#take(')');
    if (filler !== null && filler.kind !== 'number') throw this.#wrong();
    return filled(worth, filler?.value ?? null, this.#scope);
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #take(token: string): void {
    if (!this.#skip(token)) throw this.#wrong();
  }

  #wrong(): Error {
    return validationError(`Error in expression '${this.#text}': it is not understood by this engine.`);
  }
}

function fail(error: Error): never {
  throw error;
}

type Operation = (left: number, right: number) => number;

function operation(operator: string): Operation {
  const truth = (value: boolean): number => (value ? 1 : 0);
  switch (operator) {
    case '+':
      return (left, right) => left + right;
    case '-':
      return (left, right) => left - right;
    case '*':
      return (left, right) => left * right;
    case '/':
      return (left, right) => left / right;
    case '^':
      return (left, right) => left ** right;
    case '<':
      return (left, right) => truth(left < right);
    case '>':
      return (left, right) => truth(left > right);
    case '<=':
      return (left, right) => truth(left <= right);
    case '>=':
      return (left, right) => truth(left >= right);
    case '==':
      return (left, right) => truth(left === right);
    case '!=':
      return (left, right) => truth(left !== right);
    case '&&':
    case 'AND':
      return (left, right) => truth(left !== 0 && right !== 0);
    default:
      return (left, right) => truth(left !== 0 || right !== 0);
  }
}

/** Where only one of two series has a value, there is none; so where something is divided by zero. */
function combined(left: Worth, right: Worth, work: Operation): Worth {
  if (left.kind === 'list')
    return { kind: 'list', items: left.items.map((item) => combined(item, right, work)) };
  if (right.kind === 'list')
    return { kind: 'list', items: right.items.map((item) => combined(left, item, work)) };
  if (right.kind === 'number') return mapped(left, (value) => work(value, right.value));
  if (left.kind === 'number') return mapped(right, (value) => work(left.value, value));
  return seriesFrom(
    left.periodSeconds,
    [...left.points].flatMap(([at, value]) => {
      const other = right.points.get(at);
      return other === undefined ? [] : [[at, work(value, other)]];
    }),
  );
}

function mapped(worth: Worth, work: (value: number) => number): Worth {
  switch (worth.kind) {
    case 'number':
      return { kind: 'number', value: work(worth.value) };
    case 'series':
      return seriesFrom(
        worth.periodSeconds,
        [...worth.points].map(([at, value]) => [at, work(value)]),
      );
    case 'list':
      return { kind: 'list', items: worth.items.map((item) => mapped(item, work)) };
  }
}

function seriesFrom(periodSeconds: number, points: readonly (readonly [number, number])[]): Worth {
  return {
    kind: 'series',
    periodSeconds,
    points: new Map(points.filter(([, value]) => Number.isFinite(value))),
  };
}

type Gathering = (values: readonly number[]) => number;

const gatherings: Readonly<Record<string, Gathering>> = {
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
  STDDEV: (values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  },
};

const mappings: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

/** Null where there is no such function, or not with these arguments. */
function applied(name: string, given: readonly Worth[], scope: Scope): Worth | null {
  const [first, second, third] = given;
  if (first === undefined) return null;
  const gathering = gatherings[name];
  if (gathering !== undefined) return gathered(given, gathering);
  const mapping = mappings[name];
  if (mapping !== undefined) return mapped(first, mapping);
  switch (name) {
    case 'IF':
      return second === undefined ? null : chosen(first, second, third);
    case 'RATE':
      return stepwise(first, (before, value, seconds) => (value - before) / seconds);
    case 'DIFF':
      return stepwise(first, (before, value) => value - before);
    case 'PERIOD':
      return first.kind === 'series' ? { kind: 'number', value: first.periodSeconds } : null;
    case 'RUNNING_SUM': {
      let sum = 0;
      return mapped(first, (value) => (sum += value));
    }
    case 'TIME_SERIES':
      return first.kind === 'number' ? filled(first, null, scope) : null;
    default:
      return null;
  }
}

/** Of several series: at each moment over those that have a value then. Of one: over its whole time, a number. */
function gathered(given: readonly Worth[], work: Gathering): Worth | null {
  const [only] = given;
  if (given.length === 1 && only?.kind === 'series')
    return only.points.size === 0 ? only : { kind: 'number', value: work([...only.points.values()]) };
  const items = given.flatMap((worth) => (worth.kind === 'list' ? worth.items : [worth]));
  const series = items.filter((item) => item.kind === 'series');
  const numbers = items.flatMap((item) => (item.kind === 'number' ? [item.value] : []));
  const [first] = series;
  if (first === undefined) return numbers.length === 0 ? null : { kind: 'number', value: work(numbers) };
  const moments = [...new Set(series.flatMap(({ points }) => [...points.keys()]))].toSorted((a, b) => a - b);
  return seriesFrom(
    first.periodSeconds,
    moments.map((at) => [at, work([...series.flatMap(({ points }) => points.get(at) ?? []), ...numbers])]),
  );
}

function chosen(condition: Worth, yes: Worth, no: Worth | undefined): Worth | null {
  if (condition.kind === 'number') return condition.value === 0 ? (no ?? seriesFrom(60, [])) : yes;
  if (condition.kind === 'list') return null;
  const at = (worth: Worth | undefined, moment: number): number | undefined =>
    worth?.kind === 'number' ? worth.value : worth?.kind === 'series' ? worth.points.get(moment) : undefined;
  return seriesFrom(
    condition.periodSeconds,
    [...condition.points].flatMap(([moment, value]) => {
      const found = at(value === 0 ? no : yes, moment);
      return found === undefined ? [] : [[moment, found]];
    }),
  );
}

function stepwise(
  worth: Worth,
  work: (before: number, value: number, seconds: number) => number,
): Worth | null {
  if (worth.kind !== 'series') return null;
  const points = [...worth.points];
  return seriesFrom(
    worth.periodSeconds,
    points.flatMap(([at, value], index) => {
      const before = points[index - 1];
      return before === undefined ? [] : [[at, work(before[1], value, worth.periodSeconds)]];
    }),
  );
}

/** A value for every moment; `filler` null repeats the one before. */
function filled(worth: Worth, filler: number | null, scope: Scope): Worth {
  if (worth.kind === 'list')
    return { kind: 'list', items: worth.items.map((item) => filled(item, filler, scope)) };
  const periodSeconds = worth.kind === 'series' ? worth.periodSeconds : 60;
  let last = worth.kind === 'number' ? worth.value : undefined;
  return seriesFrom(
    periodSeconds,
    scope.moments(periodSeconds).flatMap((at) => {
      const found = worth.kind === 'series' ? worth.points.get(at) : worth.value;
      last = found ?? filler ?? last;
      return last === undefined ? [] : [[at, last]];
    }),
  );
}
