import { invalid } from './names.ts';
import { regularExpression } from './regular-expression.ts';

export type Matches = (message: string) => boolean;

/**
 * `{ $.status >= 500 && ($.path = "/api/*" || $.user.id IS NULL) }`. A message that is no JSON matches nothing, and so does
 * a comparison with a property that is not there.
 */
export function parseJsonPattern(text: string): Matches {
  const parser = new Parser(text);
  parser.take('{');
  const condition = parser.anyOf();
  parser.take('}');
  parser.end();
  return (message) => {
    const document = json(message);
    return document !== undefined && condition(document);
  };
}

type Condition = (document: unknown) => boolean;
type Test = (value: unknown) => boolean;

const TOKEN =
  /\s*(&&|\|\||!=|<=|>=|[=<>(){}]|"(?:[^"\\]|\\.)*"|%[^%]+%|\$(?:\.[^\s.[\]=<>!&|(){}]+|\[[^\]]*\])*|[^\s=<>!&|(){}"]+)/y;

class Parser {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    const token = new RegExp(TOKEN);
    const whole = text.trimEnd();
    while (token.lastIndex < whole.length) {
      const found = token.exec(whole)?.[1];
      if (found === undefined) throw wrong();
      this.#tokens.push(found);
    }
  }

  anyOf(): Condition {
    const parts = [this.#allOf()];
    while (this.#skip('||')) parts.push(this.#allOf());
    return (document) => parts.some((part) => part(document));
  }

  take(token: string): void {
    if (!this.#skip(token)) throw wrong();
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw wrong();
  }

  #allOf(): Condition {
    const parts = [this.#one()];
    while (this.#skip('&&')) parts.push(this.#one());
    return (document) => parts.every((part) => part(document));
  }

  #one(): Condition {
    if (this.#skip('(')) {
      const inner = this.anyOf();
      this.take(')');
      return inner;
    }
    const select = selector(this.#next());
    const test = this.#test();
    return (document) => select(document).some(test);
  }

  #test(): Test {
    const operator = this.#next().toUpperCase();
    switch (operator) {
      case 'IS':
        return constant(this.#next().toUpperCase());
      case 'NOT':
        if (this.#next().toUpperCase() !== 'EXISTS') throw wrong();
        return (value) => value === undefined;
      case '=':
      case '!=': {
        const equal = equality(this.#next());
        return operator === '=' ? equal : (value) => value !== undefined && !equal(value);
      }
      case '<':
      case '<=':
      case '>':
      case '>=':
        return order(operator, Number(this.#next()));
      default:
        throw wrong();
    }
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw wrong();
    this.#at += 1;
    return token;
  }
}

/** The values that a path leads to: one, which may be undefined, or all of a list with `[*]`. */
function selector(path: string): (document: unknown) => readonly unknown[] {
  if (!path.startsWith('$') || path === '$') throw wrong();
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[([^\]]*)\]/g)].map(
    ([, name, index = '']) => name ?? index.replaceAll(/^["']|["']$/g, ''),
  );
  return (document) => {
    let values: readonly unknown[] = [document];
    for (const step of steps) values = values.flatMap((value) => at(value, step));
    return values;
  };
}

function at(value: unknown, step: string): readonly unknown[] {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return step === '*' ? items : [items[Number(step)]];
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return [undefined];
  const found: unknown = Reflect.get(value, step);
  return [found];
}

function constant(name: string): Test {
  switch (name) {
    case 'NULL':
      return (value) => value === null;
    case 'TRUE':
      return (value) => value === true;
    case 'FALSE':
      return (value) => value === false;
    default:
      throw wrong();
  }
}

function equality(token: string): Test {
  if (token.startsWith('%') && token.endsWith('%') && token.length > 2) {
    const expression = regularExpression(token.slice(1, -1));
    return (value) => typeof value === 'string' && expression.test(value);
  }
  const quoted = token.startsWith('"');
  const text = quoted ? token.slice(1, -1).replaceAll(/\\(.)/g, '$1') : token;
  const number = quoted ? NaN : Number(text);
  const parts = text.split('*');
  return (value) =>
    typeof value === 'number'
      ? value === number || (Number.isNaN(number) && like(String(value), parts))
      : typeof value === 'string' && like(value, parts);
}

/** Whether a text is these parts with anything in between. */
function like(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return text.length - last.length >= from && text.endsWith(last);
}

function order(operator: '<' | '<=' | '>' | '>=', wanted: number): Test {
  if (Number.isNaN(wanted)) throw wrong();
  const compare = {
    '<': (value: number) => value < wanted,
    '<=': (value: number) => value <= wanted,
    '>': (value: number) => value > wanted,
    '>=': (value: number) => value >= wanted,
  }[operator];
  return (value) => typeof value === 'number' && compare(value);
}

function json(message: string): unknown {
  const text = message.trimStart();
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const wrong = (): Error => invalid('Invalid filter pattern.');
