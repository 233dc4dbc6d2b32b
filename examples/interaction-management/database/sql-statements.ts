/**
 * One piece of SQL that is never cut: an escape string, a string, a quoted name, a dollar quote, a comment, a word, or
 * any other character. Only a semicolon that is a piece of its own ends a statement.
 */
const piece =
  /E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|\/\*.*?\*\/|\w[\w$]*|./gis;

/** The statements of a script in order, so that a failure can name the one that failed. Block comments do not nest. */
export function splitStatements(script: string): readonly string[] {
  const statements = [''];
  for (const [text] of script.matchAll(piece)) {
    if (text === ';') statements.push('');
    else statements.push(`${statements.pop() ?? ''}${text}`);
  }
  return statements.map((statement) => statement.trim()).filter(saysSomething);
}

function saysSomething(statement: string): boolean {
  return statement.replaceAll(/--[^\n]*|\/\*.*?\*\//gs, '').trim() !== '';
}
