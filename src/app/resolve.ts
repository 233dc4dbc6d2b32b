import { Refusal } from '../refusal.ts';
import type { App, AppEnvironment } from './app.ts';
import type { EngineChoice, Migration, PendingSource, Store } from './environment.ts';
import { deploymentAlarms } from './alarms.ts';
import { resolveGates } from './gates.ts';
import { journalOf } from './journal.ts';
import { fill, portOf } from './names.ts';
import { nearest } from './nearest.ts';
import { notificationsOf } from './notifications.ts';
import { notYetIn } from './not-yet.ts';
import type { ResolvedEnvironment } from './resolved.ts';
import type { CheckedEnvironment } from './schema/settings.ts';
import { needsOf, resolveServices } from './services.ts';
import { strategyOf } from './strategy.ts';

/** One environment of a checked app: defaults filled in, names settled. Refuses only a name that does not exist. */
export function resolve(app: App, environmentName: string): ResolvedEnvironment {
  const environment = app.byName.get(environmentName);
  if (environment === undefined) throw unknownEnvironment(app, environmentName);
  const { settings, name } = environment;
  const words = { app: app.name, environment: name };
  const named = (own: string | undefined, usual: string) => fill(own ?? usual, words);
  return {
    app: app.name,
    name,
    root: app.root,
    engine: engineOf(app, environment),
    journal: journalOf(app.name, environment),
    ...resolveServices(app, environment),
    stores: Object.entries(settings.stores).map(([store, said]) => storeOf(app.name, store, said)),
    migration: migrationOf(settings.migration),
    gates: resolveGates(settings.gates),
    strategy: strategyOf(environment),
    alarms: deploymentAlarms(settings.alarms),
    approvals: Object.entries(settings.approvals).map(([role, people]) => ({ role, people })),
    notifications: notificationsOf(app.name, environment),
    notYet: notYetIn(environment),
    roles: {
      execution: named(settings.names.executionRole, '{app}-{environment}-execution'),
      deploy: named(settings.names.deployRole, '{app}-{environment}-deploy'),
      task: Object.fromEntries(
        Object.entries(settings.services).flatMap(([service, said]) => {
          if (!('command' in said)) return [];
          const role = 'names' in said ? said.names?.taskRole : undefined;
          return [[service, fill(role ?? '{app}-{environment}-{service}-task', { ...words, service })]];
        }),
      ),
    },
    needs: needsOf(settings),
    settings,
    description: app.description,
  };
}

function unknownEnvironment(app: App, name: string): Refusal {
  const likely = nearest(name, app.environments);
  return new Refusal({
    code: 'unknown-environment',
    what: `\`${app.name}\` has no environment \`${name}\`.`,
    where: 'environments',
    why: `It has ${app.environments.map((known) => `\`${known}\``).join(', ')}.`,
    next:
      likely === null
        ? `Name one of these, or describe \`${name}\` under \`environments\`.`
        : `Did you mean \`${likely}\`?`,
  });
}

function engineOf(app: App, { engine, name, settings }: AppEnvironment): EngineChoice {
  if (engine === 'ecs')
    return { kind: 'ecs', region: settings.region ?? '', accountId: settings.account ?? null };
  const { public: open, test } = settings.ports ?? {};
  const port = open ?? portOf(app.name, name);
  const next = port < 65_535 ? port + 1 : port - 1;
  return { kind: 'embedded', port, testPort: test ?? next };
}

function storeOf(app: string, name: string, said: CheckedEnvironment['stores'][string]): Store {
  const usual = app.replaceAll('-', '_');
  const postgres = said.kind === 'postgres' ? said : null;
  const database = postgres?.database ?? usual;
  return {
    name,
    kind: said.kind,
    version: said.version ?? null,
    image: said.image ?? null,
    extensions: postgres?.extensions ?? [],
    database,
    user: postgres?.user ?? database,
  };
}

function migrationOf(said: CheckedEnvironment['migration']): Migration | null {
  if (said === undefined) return null;
  return {
    service: said.service,
    apply: said.apply,
    current: said.current ?? null,
    undo: said.undo ?? null,
    timeout: said.timeout,
    pending: said.pending === undefined ? null : pendingOf(said.pending),
    allow: said.allow,
    lockTimeout: said.lockTimeout ?? (isTool(said.pending, 'prisma') ? 0 : 5),
  };
}

type Pending = NonNullable<NonNullable<CheckedEnvironment['migration']>['pending']>;

function pendingOf(said: Pending): PendingSource {
  if (!('tool' in said)) return { tool: 'command', command: said };
  const { tool, folder, command } = said;
  switch (tool) {
    case 'sql-files':
      return { tool, folder: folder ?? 'migrations' };
    case 'prisma':
      return { tool, command: command ?? ['npx', 'prisma'], folder: folder ?? 'prisma/migrations' };
    case 'node-pg-migrate':
      return { tool, command: command ?? ['npx', 'node-pg-migrate'] };
    case 'alembic':
      return { tool, command: command ?? ['alembic'] };
    case 'django':
      return { tool, command: command ?? ['python', 'manage.py'] };
  }
}

function isTool(said: Pending | undefined, tool: string): boolean {
  return said !== undefined && 'tool' in said && said.tool === tool;
}
