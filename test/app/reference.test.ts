import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reference } from '../../scripts/reference.ts';

const root = join(import.meta.dirname, '../..');

it('the reference and the types follow from the schema: `node scripts/reference.ts` would change nothing', () => {
  const { markdown, types } = reference();
  expect(readFileSync(join(root, 'docs/reference.md'), 'utf8')).toBe(markdown);
  expect(readFileSync(join(root, 'src/app/description.ts'), 'utf8')).toBe(types);
});

it('the reference tells the meaning of every key', () => {
  const { markdown } = reference();
  const rows = markdown.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(200);
  const silent = rows.filter((row) => row.split(' | ')[3]?.trim() === '' && !row.startsWith('| `kind`'));
  expect(silent).toEqual([]);
  const unlinked = [...markdown.matchAll(/\]\(#([\w-]+)\)/g)].filter(
    ([, anchor = '']) => !markdown.toLowerCase().includes(`\n## ${anchor.replaceAll('-', ' ')}\n`),
  );
  expect(unlinked).toEqual([]);
});
