import type { Node, RangeVar, TypeName } from 'libpg-query';

/** The parts of a name, or the words of a list. */
export function words(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

/** What a name of several parts, or a list, holds. */
export function items(node: Node | undefined): readonly Node[] {
  return node !== undefined && 'List' in node ? (node.List.items ?? []) : [];
}

/** `schema.name`, which is one thing however it is written; `path` is the schema of names without one. */
export function qualified(parts: readonly string[], path: string): string {
  const name = parts.at(-1) ?? '';
  return `${parts.at(-2) ?? path}.${name}`;
}

export function relationName({ schemaname, relname = '', relpersistence }: RangeVar, path: string): string {
  return `${schemaname ?? (relpersistence === 't' ? 'pg_temp' : path)}.${relname}`;
}

/** As people say it: without the schema that is meant anyway. */
export function spoken(name: string): string {
  return name.replace(/^public\./, '');
}

/** `varchar(20)`, `int4[]`, `public.mood` as it is written. */
export function typeText(type: TypeName | undefined): string {
  if (type === undefined) return '?';
  const parts = words(type.names).filter((part) => part !== 'pg_catalog');
  const limits = (type.typmods ?? []).map((node) =>
    'A_Const' in node ? (node.A_Const.ival?.ival ?? 0) : '?',
  );
  const array = type.arrayBounds === undefined ? '' : '[]';
  return `${parts.join('.')}${limits.length === 0 ? '' : `(${limits.join(',')})`}${array}`;
}

export function typeIn(def: Node | undefined): TypeName | undefined {
  return def !== undefined && 'ColumnDef' in def ? def.ColumnDef.typeName : undefined;
}
