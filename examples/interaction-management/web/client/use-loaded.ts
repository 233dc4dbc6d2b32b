import { useCallback, useEffect, useState } from 'react';

export type Loaded<T> =
  | { readonly state: 'loading' }
  /** `stale`: shown while the next answer is on its way. */
  | { readonly state: 'ready'; readonly value: T; readonly stale: boolean }
  | { readonly state: 'failed'; readonly message: string };

/** Loads when `key` changes, and again on `reload`; an answer that is no longer wanted is dropped. */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
): { readonly loaded: Loaded<T>; readonly reload: () => void } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const reload = useCallback(() => setAttempt((before) => before + 1), []);

  useEffect(() => {
    const unwanted = new AbortController();
    setLoaded((before) => (before.state === 'ready' ? { ...before, stale: true } : { state: 'loading' }));
    load(unwanted.signal).then(
      (value) => setLoaded({ state: 'ready', value, stale: false }),
      (error: unknown) => {
        if (unwanted.signal.aborted) return;
        setLoaded({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => unwanted.abort();
    // `load` is a new function on every render; `key` says when it means something new.
  }, [key, attempt]);

  return { loaded, reload };
}
