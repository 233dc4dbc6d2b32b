import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let latest: string | null = null;

/** Every answer of the API says which version gave it; during a deployment it changes from one to the next. */
export function noteApiVersion(version: string | null): void {
  if (version === null || version === latest) return;
  latest = version;
  for (const listener of listeners) listener();
}

export function useApiVersion(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => latest,
  );
}
