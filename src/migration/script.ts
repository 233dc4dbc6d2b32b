/** SQL of one origin: a migration's file, or all that a command printed. */
export interface Script {
  /** Name of the migration or its file; null where the origin has none. */
  readonly name: string | null;
  readonly sql: string;
  /** What belongs to the migration and is no SQL: code that the tool runs. */
  readonly unreadable?: readonly MetaCommand[];
}

/** A psql command, which is none of SQL's: `\connect other`. */
export interface MetaCommand {
  readonly line: number;
  readonly text: string;
  /** It changes nothing but what psql prints. */
  readonly harmless: boolean;
}

const harmless = new Set(
  ['a', 'conninfo', 'echo', 'elif', 'else', 'encoding', 'endif', 'errverbose', 'if', 'pset'].concat([
    'q',
    'qecho',
    'restrict',
    'set',
    't',
    'timing',
    'unrestrict',
    'unset',
    'warn',
    'x',
  ]),
);

/**
 * One piece of SQL that is never cut: an escape string, a string, a quoted name, a dollar quote, a comment, a word, or
 * any other character.
 */
const piece =
  /E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_]\w*)?\$.*?\$\1\$|--[^\n]*|\/\*.*?\*\/|\w[\w$]*|./gisy;

/**
 * SQL without what only psql understands: its commands, and the rows behind `COPY … FROM stdin`. Lines stay where they
 * are, so that a place in the one is the same place in the other.
 */
export function withoutPsql({ name, sql }: Pick<Script, 'name' | 'sql'>): {
  readonly script: Script;
  readonly commands: readonly MetaCommand[];
} {
  const commands: MetaCommand[] = [];
  let kept = '';
  let statement = '';
  for (let at = 0; at < sql.length;) {
    piece.lastIndex = at;
    const text = piece.exec(sql)?.[0] ?? sql.charAt(at);
    if (text === '\\') {
      const end = endOfLine(sql, at);
      const command = sql.slice(at, end).trim();
      const [, verb = ''] = /^\\(\w*)/.exec(command) ?? [];
      commands.push({ line: kept.split('\n').length, text: command, harmless: harmless.has(verb) });
      at = end;
      continue;
    }
    kept += text;
    at += text.length;
    statement = text === ';' ? '' : `${statement}${text}`;
    if (text === ';' || !/\bstdin\b/i.test(text)) continue;
    if (!/^\s*copy\b.*\bfrom\s+stdin$/is.test(statement)) continue;
    const rows = /[^;]*;[^\n]*\n(.*?^\\\.)[^\n]*$/ms.exec(sql.slice(at));
    const [whole = '', data = ''] = rows ?? [];
    kept += whole.slice(0, whole.length - data.length) + data.replaceAll(/[^\n]/g, '');
    at += whole.length;
    statement = '';
  }
  return { script: { name, sql: kept }, commands };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
