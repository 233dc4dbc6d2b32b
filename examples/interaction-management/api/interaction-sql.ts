import type { InteractionDraft } from '../interaction/interaction.ts';
import { defaultListQuery, type ListQuery } from '../interaction/list-query.ts';
import { draftColumns, searchedColumns, sortExpressions } from './interaction-columns.ts';

/** Ready for `pool.query`: the text never contains a value that came from outside. */
export interface Sql {
  readonly text: string;
  readonly values: readonly unknown[];
}

const selected = [
  'interactions.id',
  ...Object.entries(draftColumns).map(([field, column]) => `interactions.${column} AS "${field}"`),
  'users.display_name AS "createdBy"',
  'interactions.created_at AS "createdAt"',
  'interactions.updated_at AS "updatedAt"',
].join(', ');

const source = 'interactions JOIN users ON users.id = interactions.created_by';

export function listSql(query: ListQuery): { readonly page: Sql; readonly total: Sql } {
  const words = query.search.split(/\s+/).filter((word) => word !== '');
  const haystack = searchedColumns.map((column) => `interactions.${column}`).join(` || ' ' || `);
  const conditions = words.map((_, index) => `(${haystack}) ILIKE $${index + 1}`);
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const values = words.map(containing);

  const sort = Object.hasOwn(sortExpressions, query.sort) ? query.sort : defaultListQuery.sort;
  const direction = query.order === 'asc' ? 'ASC' : 'DESC';
  // The id settles ties: otherwise a row may show on two pages and another on none.
  const orderBy = `${sortExpressions[sort]} ${direction}, interactions.id ${direction}`;
  const [limit, offset] = [words.length + 1, words.length + 2];
  return {
    page: {
      text: `SELECT ${selected} FROM ${source}${where} ORDER BY ${orderBy} LIMIT $${limit} OFFSET $${offset}`,
      values: [...values, query.pageSize, (query.page - 1) * query.pageSize],
    },
    total: { text: `SELECT count(*)::integer AS total FROM interactions${where}`, values },
  };
}

export function findSql(id: number): Sql {
  return { text: `SELECT ${selected} FROM ${source} WHERE interactions.id = $1`, values: [id] };
}

export function insertSql(draft: InteractionDraft, userId: number): Sql {
  const given = givenColumns(draft);
  const columns = [...given.map(({ column }) => column), 'created_by'];
  return {
    text: `INSERT INTO interactions (${columns.join(', ')})
           VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) RETURNING id`,
    values: [...given.map(({ value }) => value), userId],
  };
}

export function updateSql(id: number, draft: InteractionDraft): Sql {
  const given = givenColumns(draft);
  const assignments = given.map(({ column }, index) => `${column} = $${index + 2}`);
  return {
    text: `UPDATE interactions SET ${assignments.join(', ')}, updated_at = now() WHERE id = $1`,
    values: [id, ...given.map(({ value }) => value)],
  };
}

/**
 * Only the fields that were sent. A page that was opened before a deployment does not know a new field, and saving from
 * it must not reset what others have put there.
 */
function givenColumns(
  draft: InteractionDraft,
): readonly { readonly column: string; readonly value: unknown }[] {
  const values: Readonly<Record<string, unknown>> = { ...draft };
  return Object.entries(draftColumns)
    .map(([field, column]) => ({ column, value: values[field] }))
    .filter(({ value }) => value !== undefined);
}

/** A LIKE pattern for text that contains `word` literally. */
function containing(word: string): string {
  return `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
