import type { ConstrType } from 'libpg-query';

/**
 * What is known of the schema at a statement: what the statements before it made, and, where the applied migrations are
 * at hand, what the running revision has.
 */
export interface Schema {
  /** Where a name without a schema is looked for. */
  readonly path: string;
  readonly relations: ReadonlyMap<string, Relation>;
  readonly indexes: ReadonlyMap<string, KnownIndex>;
  readonly types: ReadonlyMap<
    string,
    { readonly kind: 'enum' | 'domain' | 'composite'; readonly isNew: boolean }
  >;
  /** Other objects that the pending SQL makes: `function public.total`, `trigger public.orders stamp`. */
  readonly made: ReadonlySet<string>;
}

export interface Relation {
  /** Made by the pending SQL: the running revision does not know it. */
  readonly isNew: boolean;
  readonly columns: ReadonlyMap<string, Column>;
  /** Those that have a name, by it. */
  readonly constraints: ReadonlyMap<string, KnownConstraint>;
}

export interface KnownIndex {
  readonly table: string;
  readonly unique: boolean;
  readonly isNew: boolean;
}

export interface KnownConstraint {
  readonly kind: ConstrType;
  readonly isNew: boolean;
  /** Whether the rows of before were checked, too. */
  readonly checked: boolean;
  /** The column of `CHECK (c IS NOT NULL)`. */
  readonly notNull: string | null;
  /** The table that a foreign key refers to. */
  readonly parent: string | null;
}

export interface Column {
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly isNew: boolean;
}

export const nothingKnown: Schema = {
  path: 'public',
  relations: new Map(),
  indexes: new Map(),
  types: new Map(),
  made: new Set(),
};

export const unseen: Relation = { isNew: false, columns: new Map(), constraints: new Map() };

export function relationIn({ relations }: Schema, name: string): Relation {
  return relations.get(name) ?? unseen;
}

export function isNew(schema: Schema, name: string): boolean {
  const [space = ''] = name.split('.');
  return space === 'pg_temp' || schema.made.has(`schema ${space}`) || relationIn(schema, name).isNew;
}

export function isMade(schema: Schema, kind: string, name: string): boolean {
  return schema.made.has(`${kind} ${name}`) || schema.made.has(`schema ${name.split('.')[0] ?? ''}`);
}

export function columnIn(schema: Schema, table: string, column: string): Column | null {
  return relationIn(schema, table).columns.get(column) ?? null;
}

export function isSerial(type: string): boolean {
  return /^(small|big)?serial[248]?$/.test(type);
}
