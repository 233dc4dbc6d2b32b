import type { Node } from 'libpg-query';
import { words } from './names.ts';

/** Every node of one kind in a tree, at any depth: the parser nests them as it likes. */
function* nodesOf(tree: unknown, kind: string): Generator {
  if (typeof tree !== 'object' || tree === null) return;
  for (const [key, value] of Object.entries(tree)) {
    if (key === kind) yield value;
    yield* nodesOf(value, kind);
  }
}

function nameIn(node: unknown, key: string): string {
  if (typeof node !== 'object' || node === null) return '';
  const list: unknown = Object.entries(node).find(([name]) => name === key)?.[1];
  return Array.isArray(list) ? (words(list).at(-1) ?? '') : '';
}

/** Names of the functions that an expression or a query calls. */
export function callsIn(tree: unknown): readonly string[] {
  return [...nodesOf(tree, 'FuncCall')].map((call) => nameIn(call, 'funcname'));
}

export function columnsIn(tree: unknown): readonly string[] {
  return [...nodesOf(tree, 'ColumnRef')].map((column) => nameIn(column, 'fields'));
}

/** Whether it can be true or false of a null. */
export function asksForNull(tree: unknown): boolean {
  return (
    ['NullTest', 'CoalesceExpr', 'DistinctExpr'].some((kind) => !nodesOf(tree, kind).next().done) ||
    callsIn(tree).length > 0
  );
}

/** The nodes that change rows within a query: `WITH gone AS (DELETE …) SELECT …`. */
export function changesIn(tree: unknown): readonly string[] {
  return ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].filter(
    (kind) => !nodesOf(tree, kind).next().done,
  );
}

/** Within one transaction these give every row the same value, so that no row has to be written. */
const steady = new Set(
  'now transaction_timestamp statement_timestamp current_setting current_database lower upper md5 concat coalesce abs round trim btrim make_date make_interval to_timestamp to_date to_jsonb to_json json_build_object jsonb_build_object json_build_array jsonb_build_array array_fill timezone date_trunc string_to_array decode encode repeat replace substring'.split(
    ' ',
  ),
);

/** Functions of PostgreSQL's that read, or make values, and change nothing. */
const readers = new Set(
  'count sum min max avg bool_and bool_or string_agg array_agg json_agg jsonb_agg json_object_agg jsonb_object_agg row_number rank dense_rank lag lead first_value last_value ntile unnest generate_series random gen_random_uuid uuidv7 uuidv4 uuid_generate_v4 clock_timestamp timeofday length char_length left right lpad rpad split_part strpos position regexp_replace regexp_match regexp_matches regexp_split_to_array regexp_split_to_table format quote_ident quote_literal nullif greatest least floor ceil ceiling mod power sqrt sign trunc extract date_part age to_char to_number jsonb_set jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys jsonb_typeof jsonb_strip_nulls jsonb_array_length json_array_elements json_array_elements_text json_extract_path jsonb_extract_path jsonb_extract_path_text array_length array_append array_remove array_position array_to_string cardinality translate initcap reverse ascii chr concat_ws to_regclass to_regtype exists version pg_typeof current_schema current_schemas col_description obj_description pg_get_serial_sequence has_table_privilege sha256 digest hashtext unaccent similarity to_tsvector to_tsquery plainto_tsquery setweight st_setsrid st_makepoint st_geomfromtext st_x st_y overlaps'.split(
    ' ',
  ),
);

/** Functions that are not known to leave alone what they do not return. */
export function strangersIn(tree: unknown): readonly string[] {
  return [...new Set(callsIn(tree))].filter((name) => !steady.has(name) && !readers.has(name));
}

/** Whether a default has to be worked out for every row that is there: the table is written anew then. */
export function differsByRow(expression: Node | undefined): boolean {
  return callsIn(expression).some((name) => !steady.has(name));
}

/** `DEFAULT NULL` is none. */
export function isNull(expression: Node | undefined): boolean {
  return expression !== undefined && 'A_Const' in expression && expression.A_Const.isnull === true;
}

/** A condition that picks rows by their key, or not more of them than it says. */
export function picksFew(condition: Node | undefined): boolean {
  if (condition === undefined) return false;
  if ('BoolExpr' in condition && condition.BoolExpr.boolop === 'AND_EXPR')
    return (condition.BoolExpr.args ?? []).some(picksFew);
  if ('SubLink' in condition) {
    const { subselect, subLinkType } = condition.SubLink;
    if (subLinkType !== 'ANY_SUBLINK') return false;
    return (
      subselect !== undefined && 'SelectStmt' in subselect && subselect.SelectStmt.limitCount !== undefined
    );
  }
  if (!('A_Expr' in condition)) return false;
  const { kind, name, lexpr, rexpr } = condition.A_Expr;
  const isKey = /^(id|uuid)$/.test(columnsIn({ lexpr }).at(-1) ?? '');
  const isFixed = columnsIn({ rexpr }).length === 0 && callsIn({ rexpr }).length === 0;
  const equals = kind === 'AEXPR_IN' || (kind === 'AEXPR_OP' && words(name)[0] === '=');
  return isKey && isFixed && equals;
}
