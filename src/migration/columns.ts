import type { ColumnDef, Node } from 'libpg-query';
import { constraintsIn, uniqueness } from './constraints.ts';
import { differsByRow, isNull } from './expressions.ts';
import { breaks, harmless, held, loses, moment, together, unknown, type Finding } from './finding.ts';
import { qualified, relationName, spoken, typeText, words } from './names.ts';
import { columnIn, isNew, isSerial, type Schema } from './schema.ts';
import { changeOfType } from './types.ts';

const exclusively = 'ACCESS EXCLUSIVE';
const inSteps = 'add the column without it, set the default, and fill the rows in batches';

/** A column that a table of the running revision gets. */
export function addedColumn(schema: Schema, table: string, column: ColumnDef): Finding {
  const { colname = '', typeName } = column;
  const where = `${spoken(table)}.${colname}`;
  const constraints = constraintsIn(column.constraints);
  const one = (kind: NonNullable<(typeof constraints)[number]['contype']>) =>
    constraints.find(({ contype }) => contype === kind);
  const said = one('CONSTR_DEFAULT')?.raw_expr;
  const fallback = isNull(said) ? undefined : said;
  const generated = one('CONSTR_GENERATED');
  const filled =
    fallback !== undefined ||
    generated !== undefined ||
    one('CONSTR_IDENTITY') !== undefined ||
    isSerial(typeText(typeName));
  const key = one('CONSTR_PRIMARY');
  const findings: Finding[] = [moment(table), domainOf(schema, words(typeName?.names), where)];
  const rewrites =
    isSerial(typeText(typeName)) ||
    one('CONSTR_IDENTITY') !== undefined ||
    generated?.generated_kind === 's' ||
    differsByRow(fallback);
  if (rewrites)
    findings.push(
      held(table, exclusively, 'it writes every row anew, each with a value of its own', inSteps),
    );
  if ((one('CONSTR_NOTNULL') ?? key) !== undefined && !filled)
    findings.push(
      held(table, exclusively, 'it looks for nulls in every row', 'give the column a DEFAULT that stays'),
      breaks(
        `the running revision does not know ${where} and gives it no value: its inserts fail, and so does this statement where there are rows`,
        'give the column a DEFAULT that stays',
      ),
    );
  if ((one('CONSTR_UNIQUE') ?? key) !== undefined)
    findings.push(
      held(
        table,
        exclusively,
        'it builds an index',
        'add the column, `CREATE UNIQUE INDEX CONCURRENTLY`, then `ADD CONSTRAINT … USING INDEX`',
      ),
    );
  if (one('CONSTR_UNIQUE') !== undefined && filled && !rewrites) findings.push(uniqueness(schema, table, []));
  if (one('CONSTR_CHECK')?.is_enforced === true)
    findings.push(
      held(
        table,
        exclusively,
        'it checks every row',
        'add the column first, then the check `NOT VALID`, and `VALIDATE` it',
      ),
    );
  const parent = one('CONSTR_FOREIGN')?.pktable;
  if (parent !== undefined) {
    const name = relationName(parent, schema.path);
    if (name !== table && !isNew(schema, name))
      findings.push(
        filled
          ? held(
              name,
              'SHARE ROW EXCLUSIVE',
              `it looks up every row of ${spoken(table)}`,
              'add the column first, then the foreign key `NOT VALID`, and `VALIDATE` it',
            )
          : moment(name, 'SHARE ROW EXCLUSIVE'),
      );
    if (filled) findings.push(held(table, exclusively, 'it looks up every row', null));
  }
  return together(findings);
}

/** A column of a domain with constraints is worked out for every row. */
function domainOf(schema: Schema, type: readonly string[], where: string): Finding {
  if (type[0] === 'pg_catalog' || usualTypes.has(type.at(-1) ?? '')) return harmless;
  const known = schema.types.get(qualified(type, schema.path));
  if (known !== undefined && known.kind !== 'domain') return harmless;
  return unknown(
    `whether ${type.at(-1) ?? 'its type'}, the type of ${where}, is a domain with checks cannot be seen: then every row would be written anew`,
    'allow this one statement where it is an enum',
  );
}

const usualTypes: ReadonlySet<string> = new Set(
  'text varchar bpchar bool int2 int4 int8 float4 float8 numeric time timetz timestamp timestamptz interval uuid json jsonb bytea date citext hstore inet cidr macaddr geometry geography vector halfvec tsvector tsquery xml money oid point line lseg box path polygon circle ltree cube name serial bigserial smallserial serial4 serial8 serial2 int4range int8range numrange tsrange tstzrange daterange pg_lsn raster'.split(
    ' ',
  ),
);

export function droppedColumn(schema: Schema, table: string, column: string, cascades: boolean): Finding {
  if (columnIn(schema, table, column)?.isNew === true) return moment(table);
  const where = `${spoken(table)}.${column}`;
  return together([
    moment(table),
    breaks(
      `the running revision may still read or write ${where}${cascades ? ', and what depends on it goes with it' : ''}`,
      'release a revision that no longer uses it first, and drop it in the next release',
    ),
    loses(
      `what is in ${where} is gone`,
      'take a backup, or rename it away and drop it once nobody misses it',
    ),
  ]);
}

export function changedDefault(schema: Schema, table: string, column: string, to: Node | undefined): Finding {
  const known = columnIn(schema, table, column);
  const where = `${spoken(table)}.${column}`;
  if ((to !== undefined && !isNull(to)) || (known !== null && !known.hasDefault)) return moment(table);
  if (known?.isNew === true && !known.notNull) return moment(table);
  const why =
    known?.isNew === true
      ? `the running revision does not know ${where} and gives it no value, and it is NOT NULL: its inserts fail without the default`
      : `the running revision may rely on the default of ${where}`;
  return together([moment(table), breaks(why, 'drop the default in the next release')]);
}

/** `ALTER COLUMN … TYPE`: what it does depends on the type of before, which the SQL does not say. */
export function changedType(schema: Schema, table: string, column: string, definition: ColumnDef): Finding {
  const known = columnIn(schema, table, column);
  const where = `${spoken(table)}.${column}`;
  const to = typeText(definition.typeName);
  const change = changeOfType(known?.type ?? null, to, definition.raw_default, column);
  const rewriting = held(
    table,
    exclusively,
    'it may write every row and index anew',
    'add a column of the new type, write both, fill it in batches, and drop the old one a release later',
  );
  const findings: Finding[] = [change.rewrites ? rewriting : moment(table)];
  if (known?.isNew === true) return together(findings);
  if (change.breaks === 'yes')
    findings.push(
      breaks(
        `the running revision reads and writes ${where} as ${known?.type ?? 'it was'}, and it becomes ${to}`,
        'add a column of the new type beside it, and drop the old one a release later',
      ),
    );
  if (change.breaks === 'unknown')
    findings.push(
      unknown(
        `${where} becomes ${to}: harmless where it only becomes wider, but the SQL does not say what it was`,
        'allow this one statement where it only becomes wider',
      ),
    );
  if (change.loses)
    findings.push(
      loses(
        `values of ${where} that do not fit into ${to} are cut or rounded`,
        'keep the column, and fill a new one beside it',
      ),
    );
  return together(findings);
}
