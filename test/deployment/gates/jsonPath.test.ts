import { expect, test } from 'vitest';
import { valueAt } from '../../../src/deployment/gates/jsonPath.ts';

const body = {
  data: { items: [{ id: 'a', tags: [] }, null], length: 9, name: 'four' },
  'x-y': false,
  none: null,
};

test.each([
  ['data.items.0.id', 'a'],
  ['data.items[0].id', 'a'],
  ['data.items[1]', null],
  ['data.items.length', 2],
  ['data.items.0.tags.length', 0],
  ['data.name.length', 4],
  ['data.length', 9],
  ['x-y', false],
  ['none', null],
  ['', body],
])('%s is found', (path, value) => {
  expect(valueAt(body, path)).toEqual({ found: true, value });
});

test.each([
  'data.items.2',
  'data.items.-1',
  'data.items.1.id',
  'none.x',
  'data.toString',
  'length',
  'data.name.0',
  'x',
])('%s is absent, which is not null', (path) => {
  expect(valueAt(body, path)).toEqual({ found: false });
});
