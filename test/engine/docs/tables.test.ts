import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { page, withTables } from './tables.ts';

test('the page of the engine follows from the source: `node test/engine/docs/tables.ts` would change nothing', async () => {
  const text = readFileSync(page, 'utf8');
  expect(text).toBe(await withTables(text));
});
