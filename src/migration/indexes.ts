import type { DropStmt, IndexStmt, Node, ReindexStmt } from 'libpg-query';
import { uniqueness } from './constraints.ts';
import { breaks, harm, harmless, held, moment, together, unknown, type Finding } from './finding.ts';
import { qualified, relationName, spoken, words } from './names.ts';
import { isNew, type Schema } from './schema.ts';

export function createdIndex(schema: Schema, index: IndexStmt): Finding {
  const { relation, unique, concurrent, indexParams = [] } = index;
  if (relation === undefined) return harmless;
  const table = relationName(relation, schema.path);
  if (isNew(schema, table)) return harmless;
  const build =
    concurrent === true
      ? { ...moment(table, 'SHARE UPDATE EXCLUSIVE'), works: true }
      : relation.inh !== true
        ? moment(table, 'SHARE')
        : held(table, 'SHARE', 'it builds the index', '`CREATE INDEX CONCURRENTLY`, outside a transaction');
  const columns = indexParams.flatMap((node) => ('IndexElem' in node ? [node.IndexElem.name ?? ''] : []));
  return together([
    build,
    unique === true ? uniqueness(schema, table, columns, index.nulls_not_distinct === true) : harmless,
  ]);
}

/** Whether it is unique, and whether queries need it, is not in the SQL. */
export function droppedIndexes(schema: Schema, { objects = [], concurrent }: DropStmt): Finding {
  return together(objects.map((object) => droppedIndex(schema, object, concurrent === true)));
}

function droppedIndex(schema: Schema, object: Node, concurrent: boolean): Finding {
  const name = qualified('List' in object ? words(object.List.items) : [], schema.path);
  const known = schema.indexes.get(name);
  if (known?.isNew === true) return harmless;
  const instead = '`DROP INDEX CONCURRENTLY`, outside a transaction';
  const why = `dropping ${spoken(name)} locks its table against readers and writers until the transaction ends`;
  const table = known === undefined ? null : known.table;
  const lock = concurrent
    ? table === null
      ? harmless
      : moment(table, 'SHARE UPDATE EXCLUSIVE')
    : together([table === null ? harmless : moment(table), harm('blocks-writers', why, instead)]);
  const unique =
    known?.unique ?? (/_(key|uniq|unique|uq)\d*$|^(uq|uniq|unique)_/i.test(spoken(name)) ? true : null);
  if (unique === false) return lock;
  return together([
    lock,
    unique === true
      ? breaks(
          `an \`ON CONFLICT\` of the running revision that relies on ${spoken(name)} fails without it`,
          'drop it in the release after the one that no longer relies on it',
        )
      : unknown(
          `whether the running revision needs ${spoken(name)}, for \`ON CONFLICT\` or to be fast, cannot be seen`,
          'allow this one statement where nothing needs it',
        ),
  ]);
}

export function rebuiltIndexes(schema: Schema, { kind, relation, params = [] }: ReindexStmt): Finding {
  const concurrent = params.some((node) => 'DefElem' in node && node.DefElem.defname === 'concurrently');
  if (concurrent) return { ...harmless, works: true };
  const name = relation === undefined ? null : relationName(relation, schema.path);
  const instead = '`REINDEX … CONCURRENTLY`, outside a transaction';
  if (kind === 'REINDEX_OBJECT_TABLE' && name !== null)
    return isNew(schema, name) ? harmless : held(name, 'SHARE', 'it builds its indexes anew', instead);
  return {
    ...harm('blocks-writers', 'writers to the table wait until its index is built anew', instead),
    works: true,
  };
}
