import { page } from '../paging.ts';
import { invalidMarker, validationError } from './failures.ts';

const largest = 400;

/** One page as ELB's describing operations ask for it. */
export function pageOf<Item>(
  items: readonly Item[],
  {
    Marker: marker,
    PageSize: size = largest,
  }: { Marker?: string | undefined; PageSize?: number | undefined },
): { items: readonly Item[]; nextMarker: string | undefined } {
  if (size < 1) throw outside(size, 'greater than or equal to 1');
  if (size > largest) throw outside(size, `less than or equal to ${largest}`);
  const { items: found, nextToken } = page(items, marker, size, invalidMarker);
  return { items: found, nextMarker: nextToken };
}

const outside = (size: number, bound: string) =>
  validationError(
    `1 validation error detected: Value '${size}' at 'pageSize' failed to satisfy constraint: Member must have value ${bound}`,
  );
