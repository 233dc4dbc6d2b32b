import { z } from '../../../app/schema/zod.ts';
import type { Problem } from '../../../refusal.ts';
import type { StoreSetup } from './setup.ts';

const recorded = z.record(z.string(), z.string());

/** What a store was made for and is no longer described as. `made` is what was kept when it was made. */
export function changesOf(
  store: string,
  wanted: StoreSetup['madeFor'],
  made: string | undefined,
): readonly Problem[] {
  if (made === undefined) return [];
  const before = recorded.parse(JSON.parse(made));
  const keys = before['kind'] === wanted['kind'] ? Object.keys(wanted) : ['kind'];
  return keys.flatMap((key) => {
    const [was, is] = [before[key], wanted[key]];
    if (was === undefined || is === undefined || was === is) return [];
    return [
      {
        code: 'store-changed',
        what: `the store ${store} was made with ${key} ${was}, and is now described with ${key} ${is}`,
        where: `stores.${store}.${key}`,
        why: 'its data was made for the one, and the other would not read it',
        next: `describe it as it was, or describe a new store under another name and move the data`,
      },
    ];
  });
}
