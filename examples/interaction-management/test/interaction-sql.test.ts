import { describe, expect, test } from 'vitest';
import { insertSql, listSql, updateSql } from '../api/interaction-sql.ts';
import type { InteractionDraft } from '../interaction/interaction.ts';
import { defaultListQuery } from '../interaction/list-query.ts';

const draft: InteractionDraft = {
  title: "Robert'); DROP TABLE interactions;--",
  type: 'note',
  contact: 'Bobby',
  organisation: '',
  notes: '',
  occurredAt: '2026-11-20T10:00:00.000Z',
  status: 'done',
};

describe('the SQL of the list', () => {
  test('asks for the newest first, one page of them', () => {
    const { page, total } = listSql(defaultListQuery);
    expect(page.text).toMatch(/ORDER BY occurred_at DESC, interactions\.id DESC LIMIT \$1 OFFSET \$2$/);
    expect(page.values).toEqual([12, 0]);
    expect(total).toEqual({ text: 'SELECT count(*)::integer AS total FROM interactions', values: [] });
  });

  test('looks for every word, and takes what LIKE would expand literally', () => {
    const { page, total } = listSql({ ...defaultListQuery, search: '100% a_b', page: 3, pageSize: 10 });
    expect(page.values).toEqual([String.raw`%100\%%`, String.raw`%a\_b%`, 10, 20]);
    expect(page.text).toContain('ILIKE $1 AND ');
    expect(page.text).toMatch(/LIMIT \$3 OFFSET \$4$/);
    expect(total.values).toEqual([String.raw`%100\%%`, String.raw`%a\_b%`]);
  });

  test.each([['id; DROP TABLE users'], ['constructor'], ['__proto__']])(
    'never puts an unknown field into the order: %s',
    (sort) => {
      expect(listSql({ ...defaultListQuery, sort }).page.text).toBe(listSql(defaultListQuery).page.text);
    },
  );
});

describe('the SQL of a change', () => {
  test('carries what a person typed as values only', () => {
    expect(insertSql(draft, 7).text).not.toContain('Robert');
    expect(insertSql(draft, 7).values).toEqual([...Object.values(draft), 7]);
    expect(updateSql(3, draft).text).not.toContain('Robert');
    expect(updateSql(3, draft).values).toEqual([3, ...Object.values(draft)]);
  });

  test('numbers its placeholders from 1 without a gap', () => {
    const numbers = [...updateSql(3, draft).text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number));
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
