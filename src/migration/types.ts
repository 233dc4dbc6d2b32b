import type { Node } from 'libpg-query';
import { columnsIn } from './expressions.ts';
import { typeText } from './names.ts';

/** What a change of a column's type does. */
export interface TypeChange {
  /** Every row is, or may be, written anew. */
  readonly rewrites: boolean;
  readonly breaks: 'no' | 'yes' | 'unknown';
  readonly loses: boolean;
}

const inPlace: TypeChange = { rewrites: false, breaks: 'no', loses: false };

interface Shape {
  readonly base: string;
  readonly limits: readonly number[];
}

function shapeOf(type: string): Shape {
  const [, base = type, limits] = /^([^(]*)(?:\(([\d,]*)\))?$/.exec(type) ?? [];
  return { base, limits: limits === undefined ? [] : limits.split(',').map(Number) };
}

/** From the narrowest to the widest: a wider one holds all that a narrower one does. */
const integers = ['int2', 'int4', 'int8', 'numeric'];
const isText = (base: string): boolean => base === 'text' || base === 'varchar';

/** `from` is null where it is not known. `using` is the expression that makes the new values of the old ones. */
export function changeOfType(
  from: string | null,
  to: string,
  using: Node | undefined,
  column: string,
): TypeChange {
  const cast = using === undefined ? 'by itself' : plainCast(using, to, column) ? 'asked for' : 'worked out';
  if (cast === 'worked out') return { rewrites: true, breaks: 'yes', loses: true };
  return from === null ? fromAnything(shapeOf(to), cast) : between(shapeOf(from), shapeOf(to), cast);
}

/** `USING c::type`, which is what happens anyway but for what it cuts. */
function plainCast(using: Node, to: string, column: string): boolean {
  if (!('TypeCast' in using)) return false;
  const { arg, typeName } = using.TypeCast;
  return typeText(typeName) === to && arg !== undefined && 'ColumnRef' in arg && columnsIn(arg)[0] === column;
}

function fromAnything({ base, limits }: Shape, cast: 'by itself' | 'asked for'): TypeChange {
  if (isText(base) || base === 'bpchar') {
    // Too long a value is an error, unless it is cast.
    if (cast === 'by itself') return { rewrites: true, breaks: 'unknown', loses: false };
    return limits.length === 0
      ? { rewrites: true, breaks: 'unknown', loses: false }
      : { rewrites: true, breaks: 'yes', loses: true };
  }
  // By itself only a number becomes one of these.
  if ((base === 'int8' || base === 'numeric') && limits.length === 0)
    return { rewrites: true, breaks: cast === 'by itself' ? 'no' : 'unknown', loses: false };
  return { rewrites: true, breaks: 'yes', loses: cutting.has(base) || limits.length > 0 };
}

/** Types into which others are silently rounded or cut. */
const cutting: ReadonlySet<string> = new Set([
  'int2',
  'int4',
  'int8',
  'float4',
  'float8',
  'date',
  'time',
  'timestamp',
  'timetz',
  'bool',
]);

function between(from: Shape, to: Shape, cast: 'by itself' | 'asked for'): TypeChange {
  if (isText(from.base) && isText(to.base)) {
    const [before = Infinity] = from.limits;
    const [after = Infinity] = to.limits;
    if (after >= before) return inPlace;
    return { rewrites: true, breaks: 'yes', loses: cast === 'asked for' };
  }
  if (from.base === 'numeric' && to.base === 'numeric') {
    const [precision = Infinity, scale = 0] = from.limits;
    const [wider = Infinity, same = 0] = to.limits;
    if (to.limits.length === 0 || (from.limits.length > 0 && wider >= precision && same === scale))
      return inPlace;
    return { rewrites: true, breaks: 'yes', loses: true };
  }
  const [before, after] = [integers.indexOf(from.base), integers.indexOf(to.base)];
  if (before >= 0 && after > before && to.limits.length === 0)
    return { rewrites: true, breaks: 'no', loses: false };
  if (from.base === to.base && from.limits.join() === to.limits.join()) return inPlace;
  // A number that does not fit is an error; a fraction is rounded.
  const loses = cutting.has(to.base) && !(before >= 0 && before < integers.indexOf('numeric') && after >= 0);
  return { rewrites: true, breaks: 'yes', loses: loses || to.limits.length > 0 };
}
