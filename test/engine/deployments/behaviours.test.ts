import { expect, it } from 'vitest';
import { behaviours, defaultAssumptions } from '../../../src/engine/deployments/behaviours.ts';

it('names every switch once among the behaviours that are observed or assumed', () => {
  const switches = behaviours.flatMap((one) =>
    one.standing !== 'documented' && one.assumption ? [one.assumption] : [],
  );
  expect(switches.toSorted()).toEqual(Object.keys(defaultAssumptions).toSorted());
});

it('names a page of AWS’s for everything that is documented', () => {
  const pages = behaviours.flatMap((one) => (one.standing === 'documented' ? [one.page] : []));
  expect(pages.length).toBeGreaterThan(0);
  for (const page of pages) expect(page).toMatch(/^https:\/\/docs\.aws\.amazon\.com\/AmazonECS\//);
});
