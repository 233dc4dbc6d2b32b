import type { Constraint, Node } from 'libpg-query';
import { asksForNull, columnsIn } from './expressions.ts';
import { breaks, harmless, held, moment, together, unknown, type Finding } from './finding.ts';
import { relationName, spoken, words } from './names.ts';
import { columnIn, isNew, relationIn, type Schema } from './schema.ts';

const notValid = (what: string): string =>
  `add it \`NOT VALID\`, then \`ALTER TABLE … VALIDATE CONSTRAINT\` ${what} in a transaction of its own: that lets writers through`;
const byIndex = '`CREATE UNIQUE INDEX CONCURRENTLY`, then `ALTER TABLE … ADD CONSTRAINT … USING INDEX`';
const later = 'release a revision that keeps to it first, and add it in the next release';

/** A constraint that is added to a table of the running revision, by itself or with a column. */
export function addedConstraint(schema: Schema, table: string, constraint: Constraint): Finding {
  const { keys, fk_attrs: attributes } = constraint;
  const name = spoken(table);
  const kind: string = constraint.contype ?? '';
  switch (kind) {
    case 'CONSTR_CHECK':
      return constraint.is_enforced === true ? check(schema, table, constraint) : moment(table);
    case 'CONSTR_NOTNULL':
      return notNull(schema, table, words(keys)[0] ?? '', constraint.skip_validation === true);
    case 'CONSTR_UNIQUE':
      if (constraint.indexname !== undefined) return moment(table);
      return together([
        held(table, 'ACCESS EXCLUSIVE', 'it builds the index of the constraint', byIndex),
        uniqueness(schema, table, words(keys), constraint.nulls_not_distinct === true),
      ]);
    case 'CONSTR_PRIMARY': {
      const columns = words(keys);
      const known =
        columns.length > 0 && columns.every((column) => columnIn(schema, table, column)?.notNull === true);
      if (constraint.indexname !== undefined)
        return held(
          table,
          'ACCESS EXCLUSIVE',
          'it looks for nulls in every row, unless the columns are NOT NULL already',
          'make its columns NOT NULL first, by a checked `CHECK (… IS NOT NULL)`',
        );
      return together([
        held(table, 'ACCESS EXCLUSIVE', 'it builds the index of the key', byIndex),
        uniqueness(schema, table, columns),
        known
          ? harmless
          : breaks(`rows of the running revision without a value in the key of ${name} are refused`, later),
      ]);
    }
    case 'CONSTR_FOREIGN':
      return foreignKey(schema, table, constraint, words(attributes));
    case 'CONSTR_EXCLUSION':
      return together([
        held(table, 'ACCESS EXCLUSIVE', 'it builds the index of the constraint', null),
        breaks(
          `rows of the running revision that exclude each other in ${name} are refused from now on`,
          later,
        ),
      ]);
    default:
      return unknown(`a constraint of a kind that is not known here is added to ${name}`);
  }
}

function check(
  schema: Schema,
  table: string,
  { raw_expr: expression, skip_validation: unchecked }: Constraint,
): Finding {
  const columns = columnsIn({ expression }).map((column) => columnIn(schema, table, column));
  // The running revision leaves new columns out: they are null, or their default.
  const concernsNewOnly =
    columns.length > 0 &&
    columns.every((column) => column?.isNew === true && (column.hasDefault || !asksForNull({ expression })));
  return together([
    unchecked === true
      ? moment(table)
      : held(table, 'ACCESS EXCLUSIVE', 'it checks every row', notValid('follows')),
    concernsNewOnly
      ? harmless
      : breaks(
          `what the running revision writes to ${spoken(table)} and the check does not allow is refused from now on`,
          later,
        ),
  ]);
}

/** Every row must have a value from now on. */
export function notNull(schema: Schema, table: string, column: string, unchecked: boolean): Finding {
  const known = columnIn(schema, table, column);
  const where = `${spoken(table)}.${column}`;
  const proof = [...relationIn(schema, table).constraints.values()].find(
    (constraint) => constraint.notNull === column && constraint.checked,
  );
  if (proof !== undefined || known?.notNull === true) return moment(table);
  const lock = unchecked
    ? moment(table)
    : held(
        table,
        'ACCESS EXCLUSIVE',
        'it looks for nulls in every row',
        'add `CHECK (… IS NOT NULL) NOT VALID`, `VALIDATE` it, then `SET NOT NULL`, which trusts the check',
      );
  if (known?.isNew === true && known.hasDefault) return lock;
  const why =
    known?.isNew === true
      ? `the running revision does not know ${where} and gives it no value, and it has no default: its inserts fail`
      : `the running revision may leave ${where} empty: such writes fail`;
  return together([
    lock,
    breaks(why, known?.isNew === true ? 'give the column a DEFAULT that stays' : later),
  ]);
}

/** Two rows may not be the same from now on. */
export function uniqueness(
  schema: Schema,
  table: string,
  columns: readonly string[],
  nullsAreSame = false,
): Finding {
  const leavesOut = columns.some((column) => {
    const known = columnIn(schema, table, column);
    return known?.isNew === true && !known.hasDefault && !known.notNull;
  });
  // Nulls are never the same, unless that is said.
  if (leavesOut && !nullsAreSame) return harmless;
  return breaks(
    `rows that the running revision may write twice to ${spoken(table)} are refused from now on`,
    later,
  );
}

function foreignKey(
  schema: Schema,
  table: string,
  { pktable, skip_validation: unchecked, is_enforced: enforced }: Constraint,
  columns: readonly string[],
): Finding {
  const parent = pktable === undefined ? null : relationName(pktable, schema.path);
  const lock = (name: string): Finding =>
    isNew(schema, name)
      ? harmless
      : unchecked === true || enforced !== true
        ? moment(name, 'SHARE ROW EXCLUSIVE')
        : held(name, 'SHARE ROW EXCLUSIVE', `it looks up every row of ${spoken(table)}`, notValid('follows'));
  const concernsNewOnly =
    columns.length > 0 && columns.every((column) => columnIn(schema, table, column)?.isNew === true);
  return together([
    lock(table),
    parent === null || parent === table ? harmless : lock(parent),
    concernsNewOnly
      ? harmless
      : breaks(
          `rows of ${spoken(table)} without their ${spoken(parent ?? 'parent')}, which the running revision may write or leave behind, are refused from now on`,
          later,
        ),
  ]);
}

/** A constraint that goes: what was refused is allowed, but `ON CONFLICT` needs the one it names. */
export function droppedConstraint(schema: Schema, table: string, name: string): Finding {
  const known = relationIn(schema, table).constraints.get(name);
  const kind = known?.kind ?? kindByName(name);
  if (known?.isNew === true) return moment(table);
  // What a foreign key refers to loses its triggers.
  const parent = known?.parent ?? null;
  const lock = together([moment(table), parent === null ? harmless : moment(parent)]);
  if (kind === null)
    return together([
      lock,
      unknown(
        `whether ${name} is what an \`ON CONFLICT\` of the running revision needs cannot be seen from its name`,
        'name constraints `…_check`, `…_fkey`, `…_key`, or allow this one statement',
      ),
    ]);
  const isUnique = kind === 'CONSTR_UNIQUE' || kind === 'CONSTR_PRIMARY' || kind === 'CONSTR_EXCLUSION';
  if (!isUnique) return lock;
  return together([
    lock,
    breaks(
      `an \`ON CONFLICT\` of the running revision that relies on ${name} fails without it`,
      'drop it in the release after the one that no longer relies on it',
    ),
  ]);
}

/** The names that PostgreSQL, Rails, Django and Prisma give. */
function kindByName(name: string): Constraint['contype'] | null {
  if (/_pkey$|^pk_/i.test(name)) return 'CONSTR_PRIMARY';
  if (/_(key|uniq|unique|uq)\d*$|^(uq|unique|uniq)_|_uniq/i.test(name)) return 'CONSTR_UNIQUE';
  if (/_(fkey|fk)\d*$|^fk_|_fk_/i.test(name)) return 'CONSTR_FOREIGN';
  if (/_(check|chk|ck)\d*$|^(chk|ck|check)_/i.test(name)) return 'CONSTR_CHECK';
  return /_not_null\d*$/i.test(name) ? 'CONSTR_NOTNULL' : null;
}

/** The constraints among the nodes behind a column or within a table. */
export function constraintsIn(nodes: readonly Node[] | undefined): readonly Constraint[] {
  return (nodes ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint] : []));
}
