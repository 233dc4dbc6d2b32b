import { useSyncExternalStore } from 'react';

export interface Session {
  readonly token: string;
  readonly expiresAt: string;
  readonly user: { readonly username: string; readonly displayName: string };
}

/** Gone when the tab is closed. */
const key = 'interaction-management.session';
const listeners = new Set<() => void>();
let current = restore();

export const session = {
  get: (): Session | null => current,
  set(next: Session | null): void {
    current = next;
    if (next === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(next));
    for (const listener of listeners) listener();
  },
};

export function useSession(): Session | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, session.get);
}

function restore(): Session | null {
  try {
    const stored: Session | null = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return stored !== null && new Date(stored.expiresAt) > new Date() ? stored : null;
  } catch {
    return null;
  }
}
