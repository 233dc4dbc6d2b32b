import type { Node } from 'libpg-query';
import { Refusal } from '../refusal.ts';
import type { Script } from './script.ts';

/** PostgreSQL's own parser, and its parser of PL/pgSQL: WebAssembly, loaded where there is something to parse and nowhere else. */
export interface Parser {
  /** The statements of a text; throws a `Refusal` that names line and column. */
  parse(script: Script): readonly ParsedStatement[];
  tokens(text: string): readonly Token[];
  /** The PL/pgSQL of a `DO` block as its parser gives it; null where it is not PL/pgSQL it can parse. */
  plpgsql(block: string): unknown;
}

export interface ParsedStatement {
  readonly node: Node;
  readonly text: string;
  /** Of its first word, counted from 1. */
  readonly line: number;
  /** Where it begins in the text, in bytes, as locations in the tree are counted. */
  readonly start: number;
}

export interface Token {
  /** In bytes. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: 'comment' | 'string' | 'number' | 'other';
}

export async function loadParser(): Promise<Parser> {
  const { default: pg } = await import('libpg-query');
  await pg.loadModule();
  return { parse, tokens, plpgsql };

  function parse(script: Script): readonly ParsedStatement[] {
    if (script.sql.trim() === '') return [];
    const bytes = Buffer.from(script.sql);
    return (parseOrRefuse(script).stmts ?? []).flatMap(
      ({ stmt, stmt_location: start = 0, stmt_len: length }) => {
        if (stmt === undefined) return [];
        const text = bytes.toString('utf8', start, length === undefined ? bytes.length : start + length);
        const [first] = pg.scanSync(text).tokens.filter(({ tokenType }) => !comments.has(tokenType));
        const line = lineAt(bytes.toString('utf8', 0, start + (first?.start ?? 0)));
        return [{ node: stmt, text, line, start }];
      },
    );
  }

  function parseOrRefuse({ sql, name }: Script) {
    try {
      return pg.parseSync(sql);
    } catch (error) {
      if (!pg.hasSqlDetails(error)) throw error;
      // Counted in characters, not in UTF-16 units.
      const before = Array.from(sql)
        .slice(0, error.sqlDetails?.cursorPosition ?? 0)
        .join('');
      const column = Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1;
      throw new Refusal(
        {
          code: 'migration-does-not-parse',
          what: 'the SQL of the pending migrations is not SQL that PostgreSQL understands',
          where: `${name ?? 'pending SQL'}, line ${lineAt(before)}, column ${column}`,
          why: "PostgreSQL's parser stops there",
          next: 'mend the migration; if the command prints more than SQL there, let it print SQL only',
        },
        { cause: error },
      );
    }
  }

  function tokens(text: string): readonly Token[] {
    return pg.scanSync(text).tokens.map(({ start, end, text, tokenType }) => ({
      start,
      end,
      text,
      kind: comments.has(tokenType)
        ? 'comment'
        : strings.has(tokenType)
          ? 'string'
          : numbers.has(tokenType)
            ? 'number'
            : 'other',
    }));
  }

  function plpgsql(block: string): unknown {
    try {
      return pg.parsePlPgSQLSync(block);
    } catch {
      return null;
    }
  }
}

/** Token numbers of PostgreSQL's grammar. */
const comments: ReadonlySet<number> = new Set([275, 276]);
const strings: ReadonlySet<number> = new Set([261, 262, 263, 264]);
const numbers: ReadonlySet<number> = new Set([260, 266]);

function lineAt(before: string): number {
  return before.split('\n').length;
}
