import type { AlterTableCmd, AlterTableStmt, CreateStmt, Node } from 'libpg-query';
import { addedColumn, changedDefault, changedType, droppedColumn } from './columns.ts';
import { addedConstraint, constraintsIn, droppedConstraint, notNull } from './constraints.ts';
import { breaks, harmless, held, loses, moment, together, unknown, type Finding } from './finding.ts';
import { relationName, spoken } from './names.ts';
import { columnIn, isNew, type Schema } from './schema.ts';

/** `CREATE TABLE`: new, and nobody's yet; but tables of the running revision may be part of it. */
export function createdTable(
  schema: Schema,
  { relation, tableElts = [], inhRelations = [], partbound }: CreateStmt,
): Finding {
  const own = relation === undefined ? '' : relationName(relation, schema.path);
  const parents = inhRelations.flatMap((node) =>
    'RangeVar' in node ? [relationName(node.RangeVar, schema.path)] : [],
  );
  const referred = tableElts.flatMap((node) => {
    const constraints =
      'ColumnDef' in node ? constraintsIn(node.ColumnDef.constraints) : constraintsIn([node]);
    return constraints.flatMap(({ pktable }) =>
      pktable === undefined ? [] : [relationName(pktable, schema.path)],
    );
  });
  const old = (names: readonly string[]): readonly string[] =>
    [...new Set(names)].filter((name) => name !== own && !isNew(schema, name));
  return together([
    ...old(parents).map((name) =>
      partbound === undefined
        ? moment(name, 'SHARE UPDATE EXCLUSIVE')
        : held(
            name,
            'ACCESS EXCLUSIVE',
            'it looks through the default partition, if there is one,',
            'make the table by itself, and `ATTACH PARTITION`',
          ),
    ),
    ...old(referred).map((name) => moment(name, 'SHARE ROW EXCLUSIVE')),
  ]);
}

/** `ALTER TABLE`, and whatever else PostgreSQL lets be altered in its words. */
export function alteredTable(schema: Schema, { relation, cmds = [], objtype }: AlterTableStmt): Finding {
  if (relation === undefined) return harmless;
  const name = relationName(relation, schema.path);
  if (isNew(schema, name) && objtype === 'OBJECT_TABLE') return ofNewTable(schema, cmds);
  const changes = cmds.flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  const kind: string = objtype ?? '';
  switch (kind) {
    case 'OBJECT_TABLE':
      return together(changes.map((change) => changeOf(schema, name, change)));
    case 'OBJECT_INDEX':
      return changes.every(
        ({ subtype }) =>
          subtype === 'AT_SetRelOptions' ||
          subtype === 'AT_ResetRelOptions' ||
          subtype === 'AT_AttachPartition',
      )
        ? harmless
        : unknown(`what this changes of the index ${spoken(name)} is not known here`);
    case 'OBJECT_TYPE':
      return schema.types.get(name)?.isNew === true
        ? harmless
        : breaks(
            `the running revision reads and writes ${spoken(name)} as it was`,
            'make another type beside it',
          );
    default:
      return isNew(schema, name)
        ? harmless
        : unknown(`what this changes of ${spoken(name)} is not known here`);
  }
}

/** Only what it refers to may be old. */
function ofNewTable(schema: Schema, cmds: readonly Node[]): Finding {
  const parents = cmds.flatMap((node) => {
    const { def } = 'AlterTableCmd' in node ? node.AlterTableCmd : {};
    const constraints =
      def !== undefined && 'ColumnDef' in def
        ? constraintsIn(def.ColumnDef.constraints)
        : constraintsIn(def === undefined ? [] : [def]);
    return constraints.flatMap(({ pktable }) =>
      pktable === undefined ? [] : [relationName(pktable, schema.path)],
    );
  });
  return together(
    parents.filter((name) => !isNew(schema, name)).map((name) => moment(name, 'SHARE ROW EXCLUSIVE')),
  );
}

const exclusively = 'ACCESS EXCLUSIVE';

function changeOf(schema: Schema, table: string, change: AlterTableCmd): Finding {
  const { name: subject = '', def, behavior, missing_ok: uncertain } = change;
  const where = spoken(table);
  // A kind that is not listed, also one that PostgreSQL gets yet, is unknown.
  const kind: string = change.subtype ?? '';
  switch (kind) {
    case 'AT_AddColumn':
      if (def === undefined || !('ColumnDef' in def)) break;
      if (uncertain === true && columnIn(schema, table, def.ColumnDef.colname ?? '') !== null)
        return moment(table);
      return addedColumn(schema, table, def.ColumnDef);
    case 'AT_DropColumn':
      return droppedColumn(schema, table, subject, behavior === 'DROP_CASCADE');
    case 'AT_AlterColumnType':
      if (def === undefined || !('ColumnDef' in def)) break;
      return changedType(schema, table, subject, def.ColumnDef);
    case 'AT_ColumnDefault':
      return changedDefault(schema, table, subject, def);
    case 'AT_SetNotNull':
      return notNull(schema, table, subject, false);
    case 'AT_AddConstraint':
      if (def === undefined || !('Constraint' in def)) break;
      return addedConstraint(schema, table, def.Constraint);
    case 'AT_DropConstraint':
      return droppedConstraint(schema, table, subject);
    case 'AT_ValidateConstraint':
      // It reads every row, and lets writers through.
      return { ...moment(table, 'SHARE UPDATE EXCLUSIVE'), works: true };
    case 'AT_DropNotNull':
    case 'AT_SetStorage':
    case 'AT_SetCompression':
    case 'AT_ReplicaIdentity':
    case 'AT_DisableRowSecurity':
    case 'AT_NoForceRowSecurity':
      return moment(table);
    case 'AT_AlterConstraint':
      return def !== undefined &&
        'ATAlterConstraint' in def &&
        def.ATAlterConstraint.alterEnforceability === true
        ? together([
            held(table, exclusively, 'it checks every row', null),
            breaks(`${subject} is enforced from now on, which the running revision may not keep to`),
          ])
        : moment(table, 'SHARE ROW EXCLUSIVE');
    case 'AT_SetStatistics':
    case 'AT_SetOptions':
    case 'AT_ResetOptions':
    case 'AT_ClusterOn':
    case 'AT_DropCluster':
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
      return moment(table, 'SHARE UPDATE EXCLUSIVE');
    case 'AT_SetLogged':
    case 'AT_SetAccessMethod':
    case 'AT_SetTableSpace':
      return held(table, exclusively, 'it writes every row anew', null);
    case 'AT_SetUnLogged':
      return together([
        held(table, exclusively, 'it writes every row anew', null),
        loses(`${where} is empty after the next crash of the server, and on its replicas at once`),
      ]);
    case 'AT_AddIdentity': {
      const always = def !== undefined && 'Constraint' in def && def.Constraint.generated_when === 'a';
      if (!always || columnIn(schema, table, subject)?.isNew === true) return moment(table);
      return together([
        moment(table),
        breaks(
          `the running revision may give ${where}.${subject} a value, which is refused from now on`,
          '`GENERATED BY DEFAULT`',
        ),
      ]);
    }
    case 'AT_DropIdentity':
    case 'AT_DropExpression':
      return together([
        moment(table),
        breaks(`the running revision relies on ${where}.${subject} being filled by itself`),
      ]);
    case 'AT_SetExpression':
      return together([
        held(table, exclusively, 'it works every row out anew', null),
        breaks(`${where}.${subject} means something else to the running revision`),
      ]);
    case 'AT_ChangeOwner':
      return together([
        moment(table),
        breaks(`the running revision may lose its right to ${where}`, '`GRANT` what is needed first'),
      ]);
    case 'AT_DisableTrig':
    case 'AT_DisableTrigAll':
    case 'AT_DisableTrigUser':
      return together([
        moment(table, 'SHARE ROW EXCLUSIVE'),
        breaks(`the running revision relies on the triggers of ${where}`),
      ]);
    case 'AT_EnableRowSecurity':
    case 'AT_ForceRowSecurity':
      return together([
        moment(table),
        breaks(
          `rows of ${where} that no policy allows are hidden from the running revision`,
          'make the policies first',
        ),
      ]);
    case 'AT_AttachPartition': {
      const part = def !== undefined && 'PartitionCmd' in def ? def.PartitionCmd.name : undefined;
      const name = part === undefined ? null : relationName(part, schema.path);
      const check =
        'add a check that says the bounds `NOT VALID` and `VALIDATE` it first: then no row is read';
      return together([
        moment(table, 'SHARE UPDATE EXCLUSIVE'),
        name === null || isNew(schema, name)
          ? harmless
          : held(name, exclusively, 'it looks whether every row is within the bounds', check),
      ]);
    }
    case 'AT_DetachPartition': {
      const part = def !== undefined && 'PartitionCmd' in def ? def.PartitionCmd : {};
      const mode = part.concurrent === true ? 'SHARE UPDATE EXCLUSIVE' : exclusively;
      return together([
        moment(table, mode),
        part.name === undefined ? harmless : moment(relationName(part.name, schema.path), exclusively),
        breaks(`rows of the partition are no longer found in ${where}`),
      ]);
    }
    default:
      break;
  }
  return together([moment(table), unknown(`what this changes of ${where} is not known here`)]);
}
