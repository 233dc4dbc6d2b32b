import { describe, expect, test } from 'vitest';
import { defaultListQuery, formatListQuery, parseListQuery } from '../interaction/list-query.ts';

const parse = (text: string) => parseListQuery(new URLSearchParams(text));

describe('the query of the Finder', () => {
  test('has defaults for everything', () => {
    expect(parse('')).toEqual(defaultListQuery);
  });

  test('survives being written into an address and read again', () => {
    const query = { search: 'ü & 100%', sort: 'contact', order: 'asc', page: 3, pageSize: 50 } as const;
    expect(parseListQuery(formatListQuery(query))).toEqual(query);
  });

  test('leaves the defaults out of the address', () => {
    expect(formatListQuery({ ...defaultListQuery, page: 2 }).toString()).toBe('page=2');
  });

  test.each([
    ['page=0', { page: 1 }],
    ['page=-3', { page: 1 }],
    ['page=two', { page: 1 }],
    ['page=1.5', { page: 1 }],
    ['page=1e99', { page: 1_000_000 }],
    ['pageSize=5000', { pageSize: 100 }],
    ['order=sideways', { order: 'desc' }],
    ['search=%00x', { search: 'x' }],
  ])('takes %s for the nearest sensible thing', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });
});
