import type { AppDescription } from './app/description.ts';

export type * from './app/description.ts';

/**
 * Describes an app for Fairway: its services, its stores and the environments it runs in. Only the types act here: the
 * editor completes and refuses; `fairway check` tells the rest, all of it at once.
 *
 * @example
 * ```ts
 * import { defineApp } from 'fairway';
 *
 * export default defineApp({
 *   name: 'guestbook',
 *   services: {
 *     web: {
 *       kind: 'web',
 *       build: { command: 'npm run build', include: ['dist/**'] },
 *       command: 'node dist/server.js',
 *       port: 8080,
 *       health: { path: '/health' },
 *       variables: { DATABASE_URL: { store: 'db', property: 'url' } },
 *     },
 *   },
 *   stores: { db: { kind: 'postgres' } },
 *   environments: { production: { region: 'eu-central-1', services: { web: { replicas: 2 } } } },
 * });
 * ```
 */
export function defineApp<const Services extends string, const Stores extends string = never>(
  app: AppDescription<Services, Stores>,
): AppDescription<Services, Stores> {
  return app;
}
