import type {
  AlterDomainStmt,
  CreateTrigStmt,
  GrantStmt,
  LockStmt,
  Node,
  RefreshMatViewStmt,
  VacuumStmt,
} from 'libpg-query';
import {
  breaks,
  harm,
  harmless,
  held,
  lockModes,
  moment,
  stopsWriters,
  together,
  unknown,
  type Finding,
} from './finding.ts';
import { qualified, relationName, spoken, words } from './names.ts';
import { partsOf } from './removals.ts';
import { isMade, isNew, type Schema } from './schema.ts';

/** Views, functions, triggers, types, rights: what is neither a table nor its rows. Null for what is none of these. */
export function changedObject(schema: Schema, node: Node): Finding | null {
  const { path } = schema;
  if ('ViewStmt' in node) {
    const { view, replace } = node.ViewStmt;
    return replace === true && view !== undefined
      ? replaced(isNew(schema, relationName(view, path)), view.relname ?? '')
      : harmless;
  }
  if ('CreateFunctionStmt' in node) {
    const { funcname, replace } = node.CreateFunctionStmt;
    const name = qualified(words(funcname), path);
    return replace === true ? replaced(isMade(schema, 'function', name), `${spoken(name)}()`) : harmless;
  }
  if ('AlterFunctionStmt' in node) {
    const name = qualified(words(node.AlterFunctionStmt.func?.objname), path);
    return replaced(isMade(schema, 'function', name), `${spoken(name)}()`);
  }
  if ('CreateTrigStmt' in node) return createdTrigger(schema, node.CreateTrigStmt);
  if ('CreatePolicyStmt' in node || 'AlterPolicyStmt' in node) {
    const { table } = 'CreatePolicyStmt' in node ? node.CreatePolicyStmt : node.AlterPolicyStmt;
    return ofTable(schema, table, (name) =>
      together([
        moment(name),
        unknown(`whether the policy hides rows of ${spoken(name)} from the running revision cannot be seen`),
      ]),
    );
  }
  if ('RuleStmt' in node)
    return ofTable(schema, node.RuleStmt.relation, (name) =>
      together([
        moment(name),
        unknown(`what the rule makes of what the running revision does with ${spoken(name)} cannot be seen`),
      ]),
    );
  if ('AlterEnumStmt' in node)
    return changedEnum(schema, words(node.AlterEnumStmt.typeName), node.AlterEnumStmt.oldVal);
  if ('AlterDomainStmt' in node) return changedDomain(schema, node.AlterDomainStmt);
  if ('GrantStmt' in node) return changedRight(schema, node.GrantStmt);
  if ('GrantRoleStmt' in node)
    return node.GrantRoleStmt.is_grant === true
      ? harmless
      : breaks('the running revision may rely on the role that is taken away');
  if ('AlterObjectSchemaStmt' in node || 'AlterOwnerStmt' in node) {
    const { relation, object } = 'AlterOwnerStmt' in node ? node.AlterOwnerStmt : node.AlterObjectSchemaStmt;
    const name = relation === undefined ? qualified(partsOf(object), path) : relationName(relation, path);
    if (isNew(schema, name) || isMade(schema, 'function', name) || schema.types.get(name)?.isNew === true)
      return harmless;
    const why =
      'AlterOwnerStmt' in node
        ? `the running revision may lose its right to ${spoken(name)}`
        : `the running revision looks for ${spoken(name)} where it was`;
    return together([relation === undefined ? harmless : moment(name), breaks(why)]);
  }
  if ('AlterSeqStmt' in node) {
    const { sequence, options = [] } = node.AlterSeqStmt;
    const owner = options.every((option) => 'DefElem' in option && option.DefElem.defname === 'owned_by');
    if (owner || sequence === undefined || isNew(schema, relationName(sequence, path))) return harmless;
    return unknown(
      `whether the running revision gets values from ${sequence.relname ?? ''} that are taken cannot be seen`,
    );
  }
  if ('RefreshMatViewStmt' in node) return refreshed(schema, node.RefreshMatViewStmt);
  if ('VacuumStmt' in node) return vacuumed(schema, node.VacuumStmt);
  if ('ClusterStmt' in node)
    return ofTable(schema, node.ClusterStmt.relation, (name) =>
      held(name, 'ACCESS EXCLUSIVE', 'it writes every row anew', null),
    );
  if ('LockStmt' in node) return locked(schema, node.LockStmt);
  if ('DropOwnedStmt' in node || 'DropRoleStmt' in node)
    return breaks('the running revision may rely on what goes');
  return null;
}

function ofTable(
  schema: Schema,
  relation: Parameters<typeof relationName>[0] | undefined,
  finding: (name: string) => Finding,
): Finding {
  const name = relation === undefined ? '' : relationName(relation, schema.path);
  return isNew(schema, name) ? harmless : finding(name);
}

function replaced(isOurs: boolean, name: string): Finding {
  if (isOurs) return harmless;
  return breaks(
    `the running revision gets another ${name}, if there is one already`,
    'make one of another name beside it',
  );
}

function createdTrigger(schema: Schema, { relation, trigname = '' }: CreateTrigStmt): Finding {
  return ofTable(schema, relation, (name) =>
    together([
      moment(name, 'SHARE ROW EXCLUSIVE'),
      unknown(
        `what the trigger ${trigname} does to the writes of the running revision to ${spoken(name)} cannot be seen`,
        'allow this one statement where it is known to do no harm',
      ),
    ]),
  );
}

function changedEnum(schema: Schema, type: readonly string[], renamed: string | undefined): Finding {
  const name = qualified(type, schema.path);
  if (renamed === undefined || schema.types.get(name)?.isNew === true) return harmless;
  return breaks(
    `the running revision reads and writes a value of ${spoken(name)} by its old name`,
    'add a value beside it, and move the rows to it a release later',
  );
}

function changedDomain(schema: Schema, { subtype, typeName, def }: AlterDomainStmt): Finding {
  const name = qualified(words(typeName), schema.path);
  if (schema.types.get(name)?.isNew === true) return harmless;
  // O: SET NOT NULL, C: ADD CONSTRAINT; N, X, T: DROP NOT NULL, DROP CONSTRAINT, DEFAULT; V: VALIDATE.
  if (subtype === 'O' || subtype === 'C') {
    const unchecked = def !== undefined && 'Constraint' in def && def.Constraint.skip_validation === true;
    return together([
      unchecked
        ? harmless
        : {
            ...harm(
              'blocks-writers',
              `writers to every table with a column of ${spoken(name)} wait while its rows are checked`,
              'add it `NOT VALID`, then `VALIDATE` it',
            ),
            works: true,
          },
      breaks(`values of ${spoken(name)} that the running revision may write are refused from now on`),
    ]);
  }
  return { ...harmless, works: subtype === 'V' };
}

function changedRight(schema: Schema, { is_grant: grants, objects = [] }: GrantStmt): Finding {
  if (grants === true) return harmless;
  const old = objects.filter(
    (node) => !('RangeVar' in node && isNew(schema, relationName(node.RangeVar, schema.path))),
  );
  return old.length === 0 && objects.length > 0
    ? harmless
    : breaks(
        'the running revision may rely on the right that is taken away',
        'take it away in the release after the one that no longer needs it',
      );
}

function refreshed(schema: Schema, { relation, concurrent }: RefreshMatViewStmt): Finding {
  if (concurrent === true) return { ...harmless, works: true };
  return ofTable(schema, relation, (name) =>
    held(
      name,
      'ACCESS EXCLUSIVE',
      'it works it out anew',
      '`REFRESH MATERIALIZED VIEW CONCURRENTLY`, which needs a unique index',
    ),
  );
}

function vacuumed(schema: Schema, { options = [], rels = [] }: VacuumStmt): Finding {
  const full = options.some((option) => 'DefElem' in option && option.DefElem.defname === 'full');
  const tables = rels.flatMap((node) => ('VacuumRelation' in node ? [node.VacuumRelation.relation] : []));
  if (!full)
    return {
      ...together(
        tables.map((table) => ofTable(schema, table, (name) => moment(name, 'SHARE UPDATE EXCLUSIVE'))),
      ),
      works: true,
    };
  if (tables.length === 0)
    return harm(
      'blocks-writers',
      'every table is written anew, one after the other, locked against readers and writers',
    );
  return together(
    tables.map((table) =>
      ofTable(schema, table, (name) => held(name, 'ACCESS EXCLUSIVE', 'it writes every row anew', null)),
    ),
  );
}

function locked(schema: Schema, { relations = [], mode = 8 }: LockStmt): Finding {
  const lock = lockModes[mode - 1] ?? 'ACCESS EXCLUSIVE';
  return together(
    relations.map((node) =>
      ofTable(schema, 'RangeVar' in node ? node.RangeVar : undefined, (name) =>
        stopsWriters(lock) ? held(name, lock, 'its transaction goes on', null) : moment(name, lock),
      ),
    ),
  );
}
