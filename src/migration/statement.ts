import type { Node } from 'libpg-query';
import { Refusal } from '../refusal.ts';
import { ofBlock } from './block.ts';
import { harmless, moment, together, unknown, type Finding } from './finding.ts';
import { createdIndex, rebuiltIndexes } from './indexes.ts';
import { items, qualified, words } from './names.ts';
import { changedObject } from './objects.ts';
import type { Parser } from './parser.ts';
import { dropped, renamed } from './removals.ts';
import { deleted, inserted, merged, queried, truncated, updated } from './rows.ts';
import { after } from './schema-after.ts';
import { isNew, type Schema } from './schema.ts';
import { inSession } from './session.ts';
import { alteredTable, createdTable } from './tables.ts';

/** What one statement would do, of all that the parser can tell apart. What is not listed here is unknown. */
export function findingOf(schema: Schema, node: Node, text: string, parser: Parser): Finding {
  if ('CreateStmt' in node) return createdTable(schema, node.CreateStmt);
  if ('AlterTableStmt' in node) return alteredTable(schema, node.AlterTableStmt);
  if ('IndexStmt' in node) return createdIndex(schema, node.IndexStmt);
  if ('ReindexStmt' in node) return rebuiltIndexes(schema, node.ReindexStmt);
  if ('DropStmt' in node) return dropped(schema, node.DropStmt);
  if ('RenameStmt' in node) return renamed(schema, node.RenameStmt);
  if ('InsertStmt' in node) return inserted(node.InsertStmt);
  if ('UpdateStmt' in node) return updated(schema, node.UpdateStmt);
  if ('DeleteStmt' in node) return deleted(schema, node.DeleteStmt);
  if ('MergeStmt' in node) return merged(schema, node.MergeStmt);
  if ('SelectStmt' in node) return queried(node.SelectStmt);
  if ('TruncateStmt' in node)
    return truncated(
      schema,
      node.TruncateStmt.relations ?? [],
      node.TruncateStmt.behavior === 'DROP_CASCADE',
    );
  if ('CopyStmt' in node && node.CopyStmt.is_program !== true) return inserted(node.CopyStmt);
  if ('CreateTableAsStmt' in node) return inserted(node.CreateTableAsStmt);
  if ('DoStmt' in node) return ofBlock(text, node.DoStmt, parser, (sql) => ofNested(schema, sql, parser));
  if ('CommentStmt' in node) return commented(schema, node.CommentStmt);
  if ('CreateStatsStmt' in node) return harmless;
  if (
    'ExplainStmt' in node &&
    !(node.ExplainStmt.options ?? []).some(
      (option) => 'DefElem' in option && option.DefElem.defname === 'analyze',
    )
  )
    return harmless;
  if (additions.some((kind) => kind in node)) return harmless;
  return (
    inSession(node) ??
    changedObject(schema, node) ??
    unknown(
      'what this statement does is not known here',
      'allow this one statement where it is known to do no harm',
    )
  );
}

/** What is only added, and nobody who runs knows of. */
const additions = [
  'CreateSchemaStmt',
  'CreateEnumStmt',
  'CreateDomainStmt',
  'CreateRangeStmt',
  'CompositeTypeStmt',
  'CreateSeqStmt',
  'CreateExtensionStmt',
  'CreateRoleStmt',
  'AlterDefaultPrivilegesStmt',
];

/** Within a block: statements as if they stood alone, each after the one before. */
function ofNested(schema: Schema, sql: string, parser: Parser): Finding {
  try {
    let known = schema;
    return together(
      parser.parse({ name: null, sql }).map(({ node, text }) => {
        const finding = findingOf(known, node, text, parser);
        known = after(known, node, true);
        return finding;
      }),
    );
  } catch (error) {
    if (error instanceof Refusal) return unknown('a part of its block cannot be read here');
    throw error;
  }
}

function commented(
  schema: Schema,
  { objtype, object }: Extract<Node, { CommentStmt: unknown }>['CommentStmt'],
): Finding {
  if (objtype !== 'OBJECT_TABLE' && objtype !== 'OBJECT_COLUMN') return harmless;
  const parts = words(items(object));
  const name = qualified(objtype === 'OBJECT_COLUMN' ? parts.slice(0, -1) : parts, schema.path);
  return isNew(schema, name) ? harmless : moment(name, 'SHARE UPDATE EXCLUSIVE');
}
