import type { DeleteStmt, MergeStmt, Node, SelectStmt, UpdateStmt } from 'libpg-query';
import { changesIn, picksFew, strangersIn } from './expressions.ts';
import { harm, harmless, held, loses, together, unknown, type Finding } from './finding.ts';
import { relationName, spoken } from './names.ts';
import { columnIn, isNew, type Schema } from './schema.ts';

/** Where migration tools keep their own accounts. No revision writes there. */
const ledgers: ReadonlySet<string> = new Set(
  'schema_migrations ar_internal_metadata alembic_version django_migrations django_content_type auth_permission _prisma_migrations pgmigrations knex_migrations knex_migrations_lock flyway_schema_history goose_db_version migrations typeorm_metadata SequelizeMeta'.split(
    ' ',
  ),
);

function isNobodys(schema: Schema, table: string): boolean {
  return isNew(schema, table) || ledgers.has(table.slice(table.indexOf('.') + 1));
}

const inBatches = 'in batches by key, each in a transaction of its own';

export function updated(schema: Schema, statement: UpdateStmt): Finding {
  const { relation, targetList = [], whereClause, fromClause } = statement;
  const strangers = called(statement);
  if (relation === undefined) return strangers;
  const table = relationName(relation, schema.path);
  if (isNobodys(schema, table)) return strangers;
  const overwritten = targetList.flatMap((node) => {
    const column = 'ResTarget' in node ? (node.ResTarget.name ?? '') : '';
    return columnIn(schema, table, column)?.isNew === true ? [] : [column];
  });
  const all = whereClause === undefined && fromClause === undefined;
  return together([
    strangers,
    rowsOf(table, 'it changes', picksFew(whereClause)),
    all && overwritten.length > 0
      ? loses(
          `what was in ${overwritten.join(', ')} of every row of ${spoken(table)} is overwritten`,
          'fill a new column instead',
        )
      : harmless,
  ]);
}

export function deleted(schema: Schema, statement: DeleteStmt): Finding {
  const { relation, whereClause } = statement;
  const strangers = called(statement);
  if (relation === undefined) return strangers;
  const table = relationName(relation, schema.path);
  if (isNobodys(schema, table)) return strangers;
  const which = whereClause === undefined ? 'all rows' : 'the rows it picks';
  return together([
    strangers,
    rowsOf(table, 'it deletes', picksFew(whereClause)),
    loses(`${which} of ${spoken(table)} are gone`, 'take a backup, or mark them instead of deleting them'),
  ]);
}

export function merged(schema: Schema, statement: MergeStmt): Finding {
  const { relation, mergeWhenClauses = [] } = statement;
  const strangers = called(statement);
  if (relation === undefined) return strangers;
  const table = relationName(relation, schema.path);
  if (isNobodys(schema, table)) return strangers;
  const acts = mergeWhenClauses.map((node) =>
    'MergeWhenClause' in node ? node.MergeWhenClause.commandType : undefined,
  );
  return together([
    strangers,
    acts.some((act) => act === 'CMD_UPDATE' || act === 'CMD_DELETE')
      ? rowsOf(table, 'it changes', false)
      : harmless,
    acts.includes('CMD_DELETE') ? loses(`the rows of ${spoken(table)} that it deletes are gone`) : harmless,
  ]);
}

/** Rows are locked against writers, one by one, until the transaction ends. */
function rowsOf(table: string, what: string, few: boolean): Finding {
  if (few) return harmless;
  const why = `every row of ${spoken(table)} that ${what} is locked against writers until the transaction ends, and the SQL does not say how many those are`;
  return together([
    held(table, 'ROW EXCLUSIVE', 'it goes through the rows', inBatches),
    harm('blocks-writers', why, inBatches),
  ]);
}

export function truncated(schema: Schema, tables: readonly Node[], cascades: boolean): Finding {
  const old = tables.flatMap((node) => {
    const name = 'RangeVar' in node ? relationName(node.RangeVar, schema.path) : '';
    return isNobodys(schema, name) ? [] : [name];
  });
  return together(
    old.map((name) =>
      together([
        held(name, 'ACCESS EXCLUSIVE', 'it empties it', null),
        loses(
          `all rows of ${spoken(name)} are gone${cascades ? ', and those of all tables that refer to it' : ''}`,
          'take a backup',
        ),
      ]),
    ),
  );
}

/** Rows that come are in nobody's way, however long it takes. */
export function inserted(statement: object): Finding {
  return together([called(statement), { ...harmless, works: !isLiteral(statement) }]);
}

function isLiteral(statement: object): boolean {
  return (
    'selectStmt' in statement &&
    JSON.stringify(statement.selectStmt).startsWith('{"SelectStmt":{"valuesLists"')
  );
}

export function queried(statement: SelectStmt): Finding {
  return together([
    called(statement),
    statement.lockingClause === undefined
      ? harmless
      : harm(
          'blocks-writers',
          'the rows it picks are locked against writers until the transaction ends',
          inBatches,
        ),
    { ...harmless, works: statement.fromClause !== undefined },
  ]);
}

/** What is called may do anything. */
export function called(statement: object): Finding {
  // `WITH gone AS (DELETE …) …`
  if (changesIn(statement).length > 0)
    return unknown('it changes rows within another statement', 'write it as a statement of its own');
  const strangers = strangersIn(statement).filter((name) => name !== 'set_config');
  if (strangers.length === 0) return harmless;
  return unknown(
    `what ${strangers.map((name) => `${name}()`).join(', ')} does cannot be seen here`,
    'allow this one statement where it is known to do no harm',
  );
}
