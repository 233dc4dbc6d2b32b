import { NormalizedSchema } from '@smithy/core/schema';

/** A schema of the SDK, as its client packages export them: `CreateService$`, `CreateServiceRequest$`. */
export type SdkSchema = Parameters<typeof NormalizedSchema.of>[0];

/** Values a string may have, by the structure and member that hold it: the SDK's schemas leave them out. */
export type EnumMembers = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

export interface Structure {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: ReadonlyMap<string, Member>;
  /** The member that is a stream of events, which are none of the others' wire: `events` has one member for each kind. */
  readonly stream?: { readonly name: string; readonly events: Structure };
}

export interface Member {
  readonly shape: Shape;
  readonly required: boolean;
  /** The name in Query parameters and XML elements, where it differs from the member's. */
  readonly xmlName: string;
}

export interface List {
  readonly kind: 'list';
  readonly item: Shape;
  readonly xmlName: string;
}

export interface Dictionary {
  readonly kind: 'dictionary';
  readonly value: Shape;
  readonly xmlKeyName: string;
  readonly xmlValueName: string;
}

/** What the wire reads and writes by; a plain picture of the SDK's schema, made once per operation. */
export type Shape =
  | Structure
  | List
  | Dictionary
  | { readonly kind: 'string'; readonly allowed?: readonly string[] }
  | { readonly kind: 'number' | 'boolean' | 'timestamp' | 'blob' | 'document' | 'nothing' };

/**
 * Reads a schema with all it refers to. Throws for what no service here uses, rather than have it wrong: streams of bytes, big
 * integers and decimals, flattened and sparse lists, timestamps in another format than the protocol's.
 */
export function shapeOf(schema: SdkSchema, enums: EnumMembers = {}): Shape {
  return new SchemaReader(enums).read(NormalizedSchema.of(schema));
}

class SchemaReader {
  /** By the SDK's own schema object, so that a structure that holds itself ends. */
  readonly #structures = new Map<unknown, Structure>();
  readonly #enums: EnumMembers;

  constructor(enums: EnumMembers) {
    this.#enums = enums;
  }

  read(schema: NormalizedSchema, allowed?: readonly string[]): Shape {
    const { xmlFlattened, sparse } = schema.getMergedTraits();
    if (xmlFlattened === 1 || sparse === 1) throw unknownTo(schema);
    if (schema.isStructSchema()) return this.#structure(schema);
    if (schema.isListSchema()) return this.#list(schema, allowed);
    if (schema.isMapSchema()) return this.#dictionary(schema);
    if (schema.isStringSchema())
      return allowed === undefined ? { kind: 'string' } : { kind: 'string', allowed };
    if (schema.isNumericSchema()) return { kind: 'number' };
    if (schema.isBooleanSchema()) return { kind: 'boolean' };
    if (schema.getSchema() === PROTOCOLS_OWN_TIMESTAMP) return { kind: 'timestamp' };
    if (schema.isBlobSchema() && !schema.isStreaming()) return { kind: 'blob' };
    if (schema.isDocumentSchema()) return { kind: 'document' };
    if (schema.isUnitSchema()) return { kind: 'nothing' };
    throw unknownTo(schema);
  }

  #structure(schema: NormalizedSchema): Structure {
    const key = schema.getSchema();
    const known = this.#structures.get(key);
    if (known !== undefined) return known;
    const name = schema.getName() ?? '';
    const members = new Map<string, Member>();
    const stream = this.#stream(schema);
    const structure: Structure = { kind: 'structure', name, members, ...(stream && { stream }) };
    this.#structures.set(key, structure);
    const required = requiredMembers(key);
    for (const [memberName, member] of schema.structIterator()) {
      if (memberName === stream?.name) continue;
      const values = this.#enums[name]?.[memberName];
      members.set(memberName, {
        shape: this.read(member, values && Object.values(values)),
        required: members.size < required,
        xmlName: member.getMemberTraits().xmlName ?? memberName,
      });
    }
    return structure;
  }

  #stream(schema: NormalizedSchema): Structure['stream'] {
    const name = schema.getEventStreamMember();
    return name === '' ? undefined : { name, events: this.#structure(schema.getMemberSchema(name)) };
  }

  #list(schema: NormalizedSchema, allowed?: readonly string[]): List {
    const item = schema.getValueSchema();
    return {
      kind: 'list',
      item: this.read(item, allowed),
      xmlName: item.getMemberTraits().xmlName ?? 'member',
    };
  }

  #dictionary(schema: NormalizedSchema): Dictionary {
    const value = schema.getValueSchema();
    return {
      kind: 'dictionary',
      value: this.read(value),
      xmlKeyName: schema.getKeySchema().getMemberTraits().xmlName ?? 'key',
      xmlValueName: value.getMemberTraits().xmlName ?? 'value',
    };
  }
}

/** The SDK puts required members first and says how many there are. */
function requiredMembers(schema: ReturnType<NormalizedSchema['getSchema']>): number {
  if (!Array.isArray(schema)) return 0;
  const count: unknown = schema[6];
  return typeof count === 'number' ? count : 0;
}

function unknownTo(schema: NormalizedSchema): Error {
  return new Error(`the wire knows no ${schema.getName(true)}`);
}

/** The SDK's number for a timestamp in the format that is usual in the protocol. */
const PROTOCOLS_OWN_TIMESTAMP = 4;
