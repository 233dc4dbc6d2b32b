import type { DropStmt, Node, RenameStmt } from 'libpg-query';
import { breaks, harmless, loses, moment, together, unknown, type Finding } from './finding.ts';
import { droppedIndexes } from './indexes.ts';
import { qualified, relationName, spoken, typeText, words } from './names.ts';
import { columnIn, isMade, isNew, relationIn, type Schema } from './schema.ts';

const inNextRelease = 'release a revision that no longer uses it first, and drop it in the next release';

export function dropped(schema: Schema, statement: DropStmt): Finding {
  const { removeType, objects = [], behavior } = statement;
  if (removeType === 'OBJECT_INDEX') return droppedIndexes(schema, statement);
  if (removeType === 'OBJECT_STATISTIC_EXT' || removeType === undefined) return harmless;
  const cascades = behavior === 'DROP_CASCADE';
  return together(objects.map((object) => droppedOne(schema, removeType, partsOf(object), cascades)));
}

function droppedOne(schema: Schema, kind: string, parts: readonly string[], cascades: boolean): Finding {
  const name = qualified(parts, schema.path);
  const rest = cascades ? ', and so does what depends on it' : '';
  switch (kind) {
    case 'OBJECT_TABLE':
    case 'OBJECT_FOREIGN_TABLE':
      if (isNew(schema, name)) return harmless;
      return together([
        moment(name),
        breaks(`the running revision may still use ${spoken(name)}`, inNextRelease),
        loses(
          `${spoken(name)} goes with all its rows${rest}`,
          'take a backup, or rename it away and drop it once nobody misses it',
        ),
      ]);
    case 'OBJECT_VIEW':
    case 'OBJECT_MATVIEW':
    case 'OBJECT_SEQUENCE':
      if (isNew(schema, name)) return harmless;
      return breaks(`the running revision may still use ${spoken(name)}; it goes${rest}`, inNextRelease);
    case 'OBJECT_TRIGGER':
    case 'OBJECT_RULE':
    case 'OBJECT_POLICY': {
      const table = qualified(parts.slice(0, -1), schema.path);
      const what = attached[kind];
      if (isNew(schema, table) || isMade(schema, what, `${table} ${parts.at(-1) ?? ''}`)) return harmless;
      return together([
        moment(table),
        breaks(
          `the running revision may rely on the ${what} ${parts.at(-1) ?? ''} of ${spoken(table)}`,
          inNextRelease,
        ),
      ]);
    }
    case 'OBJECT_SCHEMA':
      if (schema.made.has(`schema ${parts.join('.')}`)) return harmless;
      return together([
        breaks(`the running revision may use what is in the schema ${parts.join('.')}`, inNextRelease),
        cascades
          ? loses(`everything in the schema ${parts.join('.')} goes with it`, 'take a backup')
          : harmless,
      ]);
    case 'OBJECT_TYPE':
    case 'OBJECT_DOMAIN':
      if (schema.types.get(name)?.isNew === true) return harmless;
      return together([
        breaks(`the running revision may still use the type ${spoken(name)}`, inNextRelease),
        cascades ? loses(`columns of the type ${spoken(name)} go with it`, 'take a backup') : harmless,
      ]);
    case 'OBJECT_FUNCTION':
    case 'OBJECT_PROCEDURE':
    case 'OBJECT_ROUTINE':
    case 'OBJECT_AGGREGATE':
      return isMade(schema, 'function', name)
        ? harmless
        : breaks(`the running revision may still call ${spoken(name)}(); it goes${rest}`, inNextRelease);
    case 'OBJECT_EXTENSION':
      return together([
        breaks(`the running revision may use what the extension ${parts.join('.')} brings`, inNextRelease),
        cascades ? loses(`columns of the types of ${parts.join('.')} go with it`, 'take a backup') : harmless,
      ]);
    default:
      return unknown(`what the running revision loses with ${parts.join('.')} is not known here`);
  }
}

const attached = { OBJECT_TRIGGER: 'trigger', OBJECT_RULE: 'rule', OBJECT_POLICY: 'policy' } as const;

/** The name of what a statement is about, in its parts. */
export function partsOf(object: Node | undefined): readonly string[] {
  if (object === undefined) return [];
  if ('List' in object) return words(object.List.items);
  if ('String' in object) return [object.String.sval ?? ''];
  if ('TypeName' in object) return typeText(object.TypeName).split('.');
  if ('ObjectWithArgs' in object) return words(object.ObjectWithArgs.objname);
  return [];
}

/** Whoever knows the old name finds nothing. */
export function renamed(
  schema: Schema,
  { renameType, relation, object, subname = '', newname = '' }: RenameStmt,
): Finding {
  const table = relation === undefined ? null : relationName(relation, schema.path);
  const instead = 'add the new one beside it, write both, and drop the old one a release later';
  if (renameType === 'OBJECT_INDEX') return harmless;
  if (table !== null && isNew(schema, table)) return harmless;
  if (table === null) {
    const name = qualified(partsOf(object), schema.path);
    const kind = renameType === 'OBJECT_FUNCTION' || renameType === 'OBJECT_PROCEDURE' ? 'function' : 'type';
    if (isMade(schema, kind, name) || schema.types.get(name)?.isNew === true) return harmless;
    return breaks(`the running revision knows ${spoken(name)} by its old name`, instead);
  }
  if (renameType === 'OBJECT_COLUMN') {
    if (columnIn(schema, table, subname)?.isNew === true) return moment(table);
    return together([
      moment(table),
      breaks(`the running revision knows ${spoken(table)}.${newname} as ${subname}`, instead),
    ]);
  }
  if (renameType === 'OBJECT_TABCONSTRAINT') {
    if (relationIn(schema, table).constraints.get(subname)?.isNew === true) return moment(table);
    return together([
      moment(table),
      unknown(`whether the running revision names the constraint ${subname} cannot be seen`),
    ]);
  }
  if (renameType === 'OBJECT_TRIGGER' || renameType === 'OBJECT_POLICY' || renameType === 'OBJECT_RULE')
    return moment(table);
  const isTable = renameType === 'OBJECT_TABLE';
  return together([
    isTable ? moment(table) : harmless,
    breaks(
      `the running revision knows ${newname} as ${spoken(table)}`,
      isTable
        ? 'leave a view with the old name behind, in the same transaction, or make the new table beside it'
        : instead,
    ),
  ]);
}
