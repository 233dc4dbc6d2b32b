import type { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import type { EnumMembers } from '../../../src/engine/api/shape.ts';

export interface Style {
  readonly protocol: 'json' | 'query';
  readonly direction: 'input' | 'output' | 'error';
  readonly enums: EnumMembers;
  /** Every member of every structure at once, each list with one item: slow to shrink, but nothing is left out. */
  readonly complete: boolean;
}

/** Structures that hold themselves are cut off here. */
const DEPTH_LIMIT = 8;

/** Values of a schema's type as a program would hold them: what the SDK takes as input and gives as output. */
export function valuesOf(schema: NormalizedSchema, style: Style, depth = 0): fc.Arbitrary<unknown> {
  if (schema.isStructSchema()) return structures(schema, style, depth);
  if (schema.isListSchema()) return listsOf(valuesOf(schema.getValueSchema(), style, depth + 1), style);
  if (schema.isMapSchema()) {
    return fc.dictionary(
      fc.oneof(strings(style), fc.constant(style.direction === 'input' ? '__proto__' : 'constructor')),
      valuesOf(schema.getValueSchema(), style, depth + 1),
      { maxKeys: 3, minKeys: style.complete || formless(style) ? 1 : 0, noNullPrototype: true },
    );
  }
  if (schema.isStringSchema()) return strings(style);
  if (schema.isNumericSchema()) return numbers;
  if (schema.isBooleanSchema()) return fc.boolean();
  if (schema.isTimestampSchema()) return dates;
  if (schema.isBlobSchema()) return fc.uint8Array({ maxLength: 20 });
  if (schema.isUnitSchema()) return fc.constant({});
  if (schema.isDocumentSchema()) return documents;
  throw new Error(`no values for ${schema.getName(true)}`);
}

/** Query parameters cannot tell a structure or map of nothing from none. */
function formless({ protocol, direction }: Style): boolean {
  return protocol === 'query' && direction === 'input';
}

function listsOf(items: fc.Arbitrary<unknown>, { complete }: Style): fc.Arbitrary<unknown[]> {
  return fc.array(items, complete ? { minLength: 1, maxLength: 1 } : { maxLength: 3 });
}

function structures(schema: NormalizedSchema, style: Style, depth: number): fc.Arbitrary<object> {
  const name = schema.getName() ?? '';
  const members = [...schema.structIterator()].filter(
    ([member]) => style.direction !== 'error' || member.toLowerCase() !== 'message',
  );
  const needed = members.filter(
    ([, member], index) => index < requiredMembers(schema) || member.isIdempotencyToken(),
  );
  const optional = depth > DEPTH_LIMIT ? [] : members.filter((member) => !needed.includes(member));
  const atLeast = formless(style) && needed.length === 0 && depth > 0 ? 1 : 0;
  const some = fc.subarray(optional, {
    minLength: style.complete ? optional.length : Math.min(atLeast, optional.length),
    maxLength: style.complete ? optional.length : Math.min(6, optional.length),
  });
  return some.chain((chosen) =>
    fc.record(
      Object.fromEntries(
        [...needed, ...chosen].map(([memberName, member]) => {
          const allowed = style.direction === 'input' ? style.enums[name]?.[memberName] : undefined;
          return [
            memberName,
            allowed === undefined ? valuesOf(member, style, depth + 1) : choices(member, allowed, style),
          ];
        }),
      ),
      { noNullPrototype: true },
    ),
  );
}

function choices(member: NormalizedSchema, allowed: Readonly<Record<string, string>>, style: Style) {
  const choice = fc.constantFrom(...Object.values(allowed));
  return member.isListSchema() ? listsOf(choice, style) : choice;
}

function requiredMembers(schema: NormalizedSchema): number {
  const tuple = schema.getSchema();
  const count: unknown = Array.isArray(tuple) ? tuple[6] : 0;
  return typeof count === 'number' ? count : 0;
}

const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });

/** As exact as the SDK holds them. No negative zero: JSON and XML know it, but the SDK sends it as zero. */
const numbers = fc
  .oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, min: -1e15, max: 1e15 }))
  .map((number) => number + 0);

const documents = fc.oneof(
  fc.dictionary(fc.string(), fc.oneof(numbers, fc.string(), fc.constant(null)), { noNullPrototype: true }),
  fc.array(fc.boolean()),
);

function strings({ protocol, direction }: Style): fc.Arbitrary<string> {
  const any = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ maxLength: 12 }),
    fc.constantFrom('', ' a ', '<&>"\'', 'a=b&c', 'é+%20', '\r\n x'),
  );
  return protocol === 'json' || direction === 'input' ? any : any.filter(survivesXml);
}

/** XML 1.0 cannot hold some characters, and the SDK reads white space with a line break in it as nothing. */
function survivesXml(text: string): boolean {
  return (
    !/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(text) &&
    !(text.trim() === '' && text.includes('\n'))
  );
}
