import type { DoStmt, Node } from 'libpg-query';
import { items } from './names.ts';
import { together, unknown, type Finding } from './finding.ts';
import type { Parser } from './parser.ts';

/**
 * A `DO` block: all that it says is looked at, whether a condition leads there or not. What it makes up while it runs
 * nobody knows.
 */
export function ofBlock(
  text: string,
  statement: DoStmt,
  parser: Parser,
  judge: (sql: string) => Finding,
): Finding {
  const language = (statement.args ?? []).flatMap((node) =>
    'DefElem' in node && node.DefElem.defname === 'language' ? stringsOf(node.DefElem.arg) : [],
  )[0];
  const tree = language === undefined || language === 'plpgsql' ? parser.plpgsql(text) : null;
  if (tree === null)
    return unknown('its block cannot be read here', 'write plain statements, or allow this one statement');
  const finding = together([...findingsIn(tree, judge)]);
  if (!finding.works) return finding;
  // A block is one transaction: what it locks for a moment stays locked while the rest of it works.
  return {
    ...finding,
    locks: finding.locks.map((lock) => ({ ...lock, during: lock.during ?? 'the rest of its block works' })),
  };
}

function stringsOf(node: Node | undefined): readonly string[] {
  if (node === undefined) return [];
  return 'String' in node ? [node.String.sval ?? ''] : items(node).flatMap(stringsOf);
}

function* findingsIn(tree: unknown, judge: (sql: string) => Finding): Generator<Finding> {
  if (typeof tree !== 'object' || tree === null) return;
  for (const [kind, value] of Object.entries(tree)) {
    switch (kind) {
      case 'PLpgSQL_stmt_dynexecute':
      case 'PLpgSQL_stmt_dynfors': {
        const [, constant] = /^\s*'((?:[^']|'')*)'\s*$/.exec(queryIn(value) ?? '') ?? [];
        yield constant === undefined
          ? unknown('it makes up SQL while it runs', 'write plain statements, or allow this one statement')
          : judge(constant.replaceAll("''", "'"));
        yield* findingsIn(value, judge);
        break;
      }
      case 'PLpgSQL_expr':
        yield* ofExpression(value, judge);
        break;
      case 'dynquery':
        yield unknown('it makes up SQL while it runs', 'write plain statements, or allow this one statement');
        break;
      case 'PLpgSQL_stmt_call':
        yield unknown('what the procedure that it calls does cannot be seen here');
        break;
      default:
        yield* findingsIn(value, judge);
    }
  }
}

/** A statement is judged as one; an expression as a query for its value. */
function* ofExpression(value: unknown, judge: (sql: string) => Finding): Generator<Finding> {
  if (typeof value !== 'object' || value === null || !('query' in value) || typeof value.query !== 'string')
    return;
  const mode = 'parseMode' in value ? value.parseMode : 0;
  if (mode === 0 || mode === undefined) yield judge(value.query);
  else if (mode === 2) yield judge(`SELECT ${value.query}`);
  // An assignment: `name := expression`.
  else yield judge(`SELECT ${value.query.slice(value.query.search(/:?=/)).replace(/^:?=/, '')}`);
}

function queryIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('query' in value)) return null;
  const { query } = value;
  if (typeof query !== 'object' || query === null || !('PLpgSQL_expr' in query)) return null;
  const expression = query.PLpgSQL_expr;
  return typeof expression === 'object' &&
    expression !== null &&
    'query' in expression &&
    typeof expression.query === 'string'
    ? expression.query
    : null;
}
