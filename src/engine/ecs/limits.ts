import { invalidParameter } from './failures.ts';

/** Refuses a list that is longer than the API reference allows. */
export function refuseMoreThan(most: number, items: readonly string[], name: string): void {
  if (items.length > most) throw invalidParameter(`${name} can have at most ${most} items.`);
}

/** How many results a page has: what was asked for, or what is usual for the operation. */
export function pageSize(asked: number | undefined, usual: number, most = 100): number {
  const size = asked ?? usual;
  if (size < 1 || size > most) throw invalidParameter(`maxResults must be between 1 and ${most}.`);
  return size;
}
