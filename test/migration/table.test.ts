import { describe, expect, it } from 'vitest';
import { loadParser } from '../../src/migration/parser.ts';
import { classesOf, judged } from './judged.ts';
import { table } from './table/all.ts';

const parser = await loadParser();

describe('the table of migrations', () => {
  it('has sixty or more', () => {
    expect(Object.values(table).flat().length).toBeGreaterThanOrEqual(60);
  });

  for (const [world, cases] of Object.entries(table)) {
    describe(world, () => {
      it.each(cases.map((one) => [one.title, one] as const))('%s', (_, one) => {
        expect(classesOf(judged(parser, one))).toEqual(one.is.toSorted());
      });
    });
  }
});
