import { posix } from 'node:path';

/** Whether a path of a build's context, relative to it and with `/`, is left out. */
export interface DockerIgnore {
  ignores(path: string): boolean;
  /** Whether something in a folder that is left out may be in all the same: some line begins with `!`. */
  readonly hasExceptions: boolean;
}

interface Rule {
  readonly leavesOut: boolean;
  readonly matches: RegExp;
}

/**
 * A `.dockerignore`, as Docker reads it: each line a pattern from the context's root, `!` before what is in again; the last
 * line that matches a path, or a folder above it, decides.
 */
export function dockerIgnore(lines: readonly string[]): DockerIgnore {
  const rules = lines.flatMap(ruleIn);
  return {
    hasExceptions: rules.some(({ leavesOut }) => !leavesOut),
    ignores(path) {
      const names = path.split('/');
      const paths = names.map((_, index) => names.slice(0, index + 1).join('/'));
      const last = rules.findLast(({ matches }) => paths.some((each) => matches.test(each)));
      return last?.leavesOut ?? false;
    },
  };
}

function ruleIn(line: string): readonly Rule[] {
  if (line.startsWith('#')) return [];
  const said = line.trim();
  const leavesOut = !said.startsWith('!');
  const pattern = (leavesOut ? said : said.slice(1)).trim();
  if (pattern === '') return [];
  // `.` and `./` stand for everything only to people: Docker ignores such a line.
  const clean = posix.normalize(pattern).replace(/^\//, '').replace(/\/$/, '');
  if (clean === '.' || clean === '') return [];
  return [{ leavesOut, matches: new RegExp(`^${expression(clean)}$`, 's') }];
}

/** Go's `filepath.Match`, and `**` for any number of folders. */
function expression(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '*' && pattern.charAt(at + 1) === '*') {
      at += pattern.charAt(at + 2) === '/' ? 2 : 1;
      text += at === pattern.length - 1 ? '.*' : '(?:.*/)?';
    } else if (character === '*') text += '[^/]*';
    else if (character === '?') text += '[^/]';
    else if (character === '\\' && at + 1 < pattern.length) {
      at += 1;
      text += escaped(pattern.charAt(at));
    } else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) text += '\\[';
      else {
        text += pattern.slice(at, end + 1);
        at = end;
      }
    } else text += escaped(character);
  }
  return text;
}

function escaped(character: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}
