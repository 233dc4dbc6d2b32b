import type { Bucket, Condition, Found, Put } from '../../src/journal/s3/bucket.ts';

/** Objects as S3 keeps them: one at a time, under conditions, with times in whole seconds. */
export interface Objects {
  readonly find: (key: string) => Found | null;
  readonly store: (key: string, text: string, condition: Condition) => Put;
  readonly listed: (below: string) => readonly string[];
}

export function memoryObjects(now: () => number): Objects {
  const objects = new Map<
    string,
    { readonly text: string; readonly etag: string; readonly second: number }
  >();
  let written = 0;
  return {
    find(key) {
      const stored = objects.get(key);
      if (stored === undefined) return null;
      const { text, etag, second } = stored;
      return { text, etag, age: (Math.floor(now() / 1000) - second) * 1000 };
    },
    store(key, text, condition) {
      const there = objects.get(key);
      const holds = condition.kind === 'absent' ? there === undefined : there?.etag === condition.etag;
      if (!holds) return { kind: 'not-written' };
      written += 1;
      // As S3 makes it: of what stands in the object.
      const etag = there?.text === text ? there.etag : `etag-${written}`;
      objects.set(key, { text, etag, second: Math.floor(now() / 1000) });
      return { kind: 'written', etag };
    },
    listed: (below) => [...objects.keys()].filter((key) => key.startsWith(below)),
  };
}

export function memoryBucket({ find, store, listed }: Objects): Bucket {
  return {
    place: 's3://memory',
    get: async (key) => find(key),
    put: async (key, text, condition) => store(key, text, condition),
    list: async (below) => listed(below),
  };
}
