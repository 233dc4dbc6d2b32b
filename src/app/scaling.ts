import type { Scaling } from './environment.ts';

/** The count itself where it is within the bounds, else the bound that is nearest. */
export function withinBounds({ min, max }: Pick<Scaling, 'min' | 'max'>, count: number): number {
  return Math.min(max, Math.max(min, count));
}
