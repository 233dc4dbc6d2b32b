import { describe, expect, it } from 'vitest';
import { dockerIgnore } from '../../src/release/docker-ignore.ts';

describe('a .dockerignore', () => {
  it.each([
    // Pattern by pattern as Docker's own documentation has them.
    [['*/temp*'], { 'somedir/temporary.txt': true, 'somedir/temp': true, 'a/b/temp': false, temp: false }],
    [['temp?'], { tempa: true, tempb: true, temp: false, 'a/tempa': false }],
    [['**/*.go'], { 'main.go': true, 'a/b/main.go': true, 'main.gone': false }],
    [['*.md', '!README.md'], { 'notes.md': true, 'README.md': false }],
    [['*.md', '!README*.md', 'README-secret.md'], { 'README-secret.md': true, 'README-open.md': false }],
    [['node_modules'], { 'node_modules/a/b.js': true, 'web/node_modules/a.js': false }],
    [['**/node_modules'], { 'node_modules/a.js': true, 'web/node_modules/a.js': true, node_modules2: false }],
    [['/dist/', './out', 'a/../b'], { 'dist/x': true, 'out/y': true, 'b/z': true, 'a/z': false }],
    [['# comment', '', '  ', ' spaced '], { '# comment': false, spaced: true }],
    [['docs/**', '!docs/keep'], { 'docs/a/b': true, 'docs/keep/c': false }],
    [['*', '!src'], { 'a.txt': true, 'src/b/c.ts': false }],
    [['[ab].txt', 'x.[0-9]'], { 'a.txt': true, 'c.txt': false, 'x.7': true }],
    [['\\*.txt', 'a+b(c)'], { '*.txt': true, 'a.txt': false, 'a+b(c)': true }],
    [['**/.env'], { '.env': true, 'deep/er/.env': true, '.environment': false }],
  ])('%j', (lines, expected) => {
    const ignore = dockerIgnore(lines);
    const found = Object.fromEntries(Object.keys(expected).map((path) => [path, ignore.ignores(path)]));
    expect(found).toEqual(expected);
  });
});
