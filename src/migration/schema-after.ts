import type { ColumnDef, Constraint, Node } from 'libpg-query';
import { isNull } from './expressions.ts';
import { qualified, relationName, typeIn, typeText, words } from './names.ts';
import {
  isSerial,
  relationIn,
  unseen,
  type Column,
  type KnownConstraint,
  type Relation,
  type Schema,
} from './schema.ts';

/** The schema after a statement. `pending`: what it makes is new to the running revision. */
export function after(schema: Schema, node: Node, pending: boolean): Schema {
  const { path } = schema;
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path') {
    const [first] = node.VariableSetStmt.args ?? [];
    const named = first !== undefined && 'A_Const' in first ? first.A_Const.sval?.sval : undefined;
    return { ...schema, path: named === undefined || named === '' ? 'public' : named };
  }
  if ('CreateStmt' in node && node.CreateStmt.relation !== undefined) {
    const name = relationName(node.CreateStmt.relation, path);
    // What may have been there before is not new, and may be otherwise.
    if (node.CreateStmt.if_not_exists === true && (pending || schema.relations.has(name))) return schema;
    const elements = node.CreateStmt.tableElts ?? [];
    return withRelation(schema, name, {
      isNew: pending,
      columns: columnsOf(elements, pending),
      constraints: new Map(
        elements.flatMap((element) =>
          'Constraint' in element ? named(element.Constraint, path, pending) : [],
        ),
      ),
    });
  }
  if ('CreateTableAsStmt' in node && node.CreateTableAsStmt.into?.rel !== undefined)
    return withRelation(schema, relationName(node.CreateTableAsStmt.into.rel, path), {
      ...unseen,
      isNew: pending && node.CreateTableAsStmt.if_not_exists !== true,
    });
  if ('SelectStmt' in node && node.SelectStmt.intoClause?.rel !== undefined)
    return withRelation(schema, relationName(node.SelectStmt.intoClause.rel, path), {
      ...unseen,
      isNew: pending,
    });
  if ('ViewStmt' in node && node.ViewStmt.view !== undefined && node.ViewStmt.replace !== true)
    return withRelation(schema, relationName(node.ViewStmt.view, path), { ...unseen, isNew: pending });
  if ('CreateSeqStmt' in node && node.CreateSeqStmt.sequence !== undefined)
    return withRelation(schema, relationName(node.CreateSeqStmt.sequence, path), {
      ...unseen,
      isNew: pending && node.CreateSeqStmt.if_not_exists !== true,
    });
  if ('IndexStmt' in node) {
    const { relation, idxname, unique, if_not_exists: uncertain } = node.IndexStmt;
    if (relation === undefined || idxname === undefined || (uncertain === true && pending)) return schema;
    const index = `${relationName(relation, path).split('.')[0] ?? path}.${idxname}`;
    const known = {
      table: relationName(relation, path),
      unique: unique === true,
      isNew: pending,
    };
    return { ...schema, indexes: new Map(schema.indexes).set(index, known) };
  }
  const type = (name: string, kind: 'enum' | 'domain' | 'composite'): Schema => ({
    ...schema,
    types: new Map(schema.types).set(name, { kind, isNew: pending }),
  });
  if ('CreateEnumStmt' in node) return type(qualified(words(node.CreateEnumStmt.typeName), path), 'enum');
  if ('CreateDomainStmt' in node)
    return type(qualified(words(node.CreateDomainStmt.domainname), path), 'domain');
  if ('CompositeTypeStmt' in node && node.CompositeTypeStmt.typevar !== undefined)
    return type(relationName(node.CompositeTypeStmt.typevar, path), 'composite');
  if ('AlterTableStmt' in node) return afterChanges(schema, node.AlterTableStmt, pending);
  if ('RenameStmt' in node) return afterRename(schema, node.RenameStmt);
  if ('DropStmt' in node) return afterDrop(schema, node.DropStmt);
  return pending ? withMade(schema, node) : schema;
}

function withRelation(schema: Schema, name: string, relation: Relation): Schema {
  return { ...schema, relations: new Map(schema.relations).set(name, relation) };
}

function withMade(schema: Schema, node: Node): Schema {
  const { path } = schema;
  const make = (kind: string, name: string): Schema => ({
    ...schema,
    made: new Set(schema.made).add(`${kind} ${name}`),
  });
  if ('CreateSchemaStmt' in node && node.CreateSchemaStmt.if_not_exists !== true)
    return make('schema', node.CreateSchemaStmt.schemaname ?? '');
  if ('CreateFunctionStmt' in node && node.CreateFunctionStmt.replace !== true)
    return make('function', qualified(words(node.CreateFunctionStmt.funcname), path));
  if (
    'CreateTrigStmt' in node &&
    node.CreateTrigStmt.relation !== undefined &&
    node.CreateTrigStmt.replace !== true
  )
    return make(
      'trigger',
      `${relationName(node.CreateTrigStmt.relation, path)} ${node.CreateTrigStmt.trigname ?? ''}`,
    );
  return schema;
}

function columnsOf(elements: readonly Node[], isNew: boolean): ReadonlyMap<string, Column> {
  return new Map(
    elements.flatMap((element) =>
      'ColumnDef' in element
        ? [[element.ColumnDef.colname ?? '', columnOf(element.ColumnDef, isNew)] as const]
        : [],
    ),
  );
}

function columnOf({ typeName, constraints = [] }: ColumnDef, isNew: boolean): Column {
  const kinds = new Set(
    constraints.map((node) =>
      'Constraint' in node && !isNull(node.Constraint.raw_expr) ? node.Constraint.contype : undefined,
    ),
  );
  const type = typeText(typeName);
  const filled = kinds.has('CONSTR_DEFAULT') || kinds.has('CONSTR_IDENTITY') || kinds.has('CONSTR_GENERATED');
  return {
    type,
    notNull:
      kinds.has('CONSTR_NOTNULL') ||
      kinds.has('CONSTR_PRIMARY') ||
      kinds.has('CONSTR_IDENTITY') ||
      isSerial(type),
    hasDefault: filled || isSerial(type),
    isNew,
  };
}

function afterChanges(
  schema: Schema,
  { relation, cmds = [], objtype }: Extract<Node, { AlterTableStmt: unknown }>['AlterTableStmt'],
  pending: boolean,
): Schema {
  if (relation === undefined || objtype !== 'OBJECT_TABLE') return schema;
  const name = relationName(relation, schema.path);
  let next = schema;
  for (const node of cmds) {
    if (!('AlterTableCmd' in node)) continue;
    const table = relationIn(next, name);
    const { name: subject = '', def, missing_ok: uncertain } = node.AlterTableCmd;
    const columns = new Map(table.columns);
    const constraints = new Map(table.constraints);
    const before = columns.get(subject);
    const change = (changed: Partial<Column>): void => {
      if (before !== undefined) columns.set(subject, { ...before, ...changed });
    };
    // Of the many kinds only these are of interest; those to come are not.
    const kind: string = node.AlterTableCmd.subtype ?? '';
    switch (kind) {
      case 'AT_AddColumn':
        if (
          def !== undefined &&
          'ColumnDef' in def &&
          !(uncertain === true && (pending || columns.has(def.ColumnDef.colname ?? '')))
        )
          columns.set(def.ColumnDef.colname ?? '', columnOf(def.ColumnDef, pending));
        break;
      case 'AT_DropColumn':
        columns.delete(subject);
        break;
      case 'AT_ColumnDefault':
        change({ hasDefault: def !== undefined && !isNull(def) });
        break;
      case 'AT_SetNotNull':
        change({ notNull: true });
        break;
      case 'AT_DropNotNull':
        change({ notNull: false });
        break;
      case 'AT_AlterColumnType':
        change({ type: typeText(typeIn(def)) });
        break;
      case 'AT_AddConstraint':
        if (def !== undefined && 'Constraint' in def)
          for (const [key, constraint] of named(def.Constraint, schema.path, pending))
            constraints.set(key, constraint);
        break;
      case 'AT_ValidateConstraint': {
        const constraint = constraints.get(subject);
        if (constraint !== undefined) constraints.set(subject, { ...constraint, checked: true });
        break;
      }
      case 'AT_DropConstraint':
        constraints.delete(subject);
        break;
      default:
        break;
    }
    if (next.relations.has(name) || columns.size > 0 || constraints.size > 0)
      next = withRelation(next, name, { ...table, columns, constraints });
  }
  return next;
}

function named(
  { conname, contype, skip_validation: unchecked, raw_expr: expression, pktable }: Constraint,
  path: string,
  isNew: boolean,
): readonly (readonly [string, KnownConstraint])[] {
  if (conname === undefined || contype === undefined) return [];
  const parent = pktable === undefined ? null : relationName(pktable, path);
  const notNull = keptFromNull(expression);
  return [[conname, { kind: contype, isNew, checked: unchecked !== true, notNull, parent }]];
}

function keptFromNull(expression: Node | undefined): string | null {
  if (expression === undefined || !('NullTest' in expression)) return null;
  const { nulltesttype, arg } = expression.NullTest;
  if (nulltesttype !== 'IS_NOT_NULL' || arg === undefined || !('ColumnRef' in arg)) return null;
  return words(arg.ColumnRef.fields).at(-1) ?? null;
}

function afterRename(
  schema: Schema,
  { renameType, relation, subname, newname = '' }: Extract<Node, { RenameStmt: unknown }>['RenameStmt'],
): Schema {
  if (relation === undefined) return schema;
  const name = relationName(relation, schema.path);
  const known = schema.relations.get(name);
  if (known === undefined) return schema;
  const relations = new Map(schema.relations);
  if (renameType === 'OBJECT_COLUMN') {
    const columns = [...known.columns].map(
      ([column, is]) => [column === subname ? newname : column, is] as const,
    );
    relations.set(name, { ...known, columns: new Map(columns) });
  } else if (renameType === 'OBJECT_TABLE') {
    relations.delete(name);
    relations.set(`${name.split('.')[0] ?? schema.path}.${newname}`, known);
  }
  return { ...schema, relations };
}

function afterDrop(
  schema: Schema,
  { removeType, objects = [] }: Extract<Node, { DropStmt: unknown }>['DropStmt'],
): Schema {
  if (removeType !== 'OBJECT_TABLE' && removeType !== 'OBJECT_VIEW' && removeType !== 'OBJECT_MATVIEW')
    return schema;
  const relations = new Map(schema.relations);
  for (const object of objects)
    if ('List' in object) relations.delete(qualified(words(object.List.items), schema.path));
  return { ...schema, relations };
}
