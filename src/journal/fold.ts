import type { Barrier } from './barrier.ts';
import type { Cause, Verdict } from './cause.ts';
import type { Answer, DeploymentKind, Entry } from './event.ts';
import type { HarmfulStatement } from './evidence.ts';
import type { Rollout } from './rollout.ts';

/** All that is remembered of one deployment: a fold of its journal, and of nothing else. */
export interface DeploymentRecord {
  readonly kind: DeploymentKind | null;
  readonly by: string | null;
  readonly startedAt: number | null;
  readonly release: string | null;
  readonly images: Readonly<Record<string, string>>;
  readonly migration: MigrationRecord | null;
  /** What does harm in the SQL that was allowed to be applied. */
  readonly harmful: readonly HarmfulStatement[];
  readonly rollout: Rollout | null;
  readonly updates: Readonly<Record<string, Intent>>;
  /** Answers given, by hook id. */
  readonly answers: Readonly<
    Record<
      string,
      { readonly service: string; readonly barrier: Barrier; readonly action: Answer; readonly at: number }
    >
  >;
  readonly judged: Readonly<Partial<Record<Barrier, { readonly cause: Cause | null }>>>;
  /** When the decision to keep green was taken; null before. */
  readonly committedAt: number | null;
  readonly rollback: { readonly cause: Cause; readonly at: number } | null;
  readonly stops: Readonly<Record<string, { readonly deployment: string; readonly at: number }>>;
  readonly restores: Readonly<Record<string, Intent & { readonly revision: string }>>;
  readonly removals: Readonly<Record<string, { readonly at: number }>>;
  readonly conclusion: {
    readonly verdict: Verdict;
    readonly cause: Cause | null;
    readonly running: Readonly<Record<string, string | null>>;
    readonly at: number;
  } | null;
}

export interface MigrationRecord {
  readonly service: string;
  readonly taskDefinition: string;
  /** The schema's version, as far as it could be told. */
  readonly before: string | null;
  /** Null until it finished, and where the description has no `current`. */
  readonly after: string | null;
  readonly startedAt: number;
  readonly finished: boolean;
  /** It failed, and the schema is not shown to be what it was. */
  readonly partly: boolean;
}

/** An act that was asked for: when first and last, and the service's newest deployment before it. */
export interface Intent {
  readonly firstAt: number;
  readonly at: number;
  readonly previousDeployment: string | null;
}

export const emptyRecord: DeploymentRecord = {
  kind: null,
  by: null,
  startedAt: null,
  release: null,
  images: {},
  migration: null,
  harmful: [],
  rollout: null,
  updates: {},
  answers: {},
  judged: {},
  committedAt: null,
  rollback: null,
  stops: {},
  restores: {},
  removals: {},
  conclusion: null,
};

export function fold(entries: readonly Entry[], from: DeploymentRecord = emptyRecord): DeploymentRecord {
  return entries.reduce(apply, from);
}

function apply(record: DeploymentRecord, { at, event }: Entry): DeploymentRecord {
  switch (event.type) {
    case 'deployment.started':
      return { ...record, kind: event.kind, by: event.by, startedAt: at };
    case 'release.built':
      return { ...record, release: event.release, images: event.images };
    case 'migration.classified':
      return { ...record, harmful: event.harmful };
    case 'migration.failed': {
      const partly = event.after === null || event.after !== event.before;
      return {
        ...record,
        migration: record.migration && { ...record.migration, after: event.after, partly },
      };
    }
    case 'migration.finished':
      return {
        ...record,
        migration: record.migration && { ...record.migration, after: event.after, finished: true },
      };
    case 'migration.started': {
      const { service, taskDefinition, before } = event;
      return {
        ...record,
        migration: {
          service,
          taskDefinition,
          before,
          after: null,
          startedAt: at,
          finished: false,
          partly: false,
        },
      };
    }
    case 'rollout.planned':
      return { ...record, rollout: event.rollout };
    case 'update.requested': {
      const intent = {
        firstAt: record.updates[event.service]?.firstAt ?? at,
        at,
        previousDeployment: event.previousDeployment,
      };
      return { ...record, updates: { ...record.updates, [event.service]: intent } };
    }
    case 'pause.answered': {
      const { service, barrier, action } = event;
      return { ...record, answers: { ...record.answers, [event.hookId]: { service, barrier, action, at } } };
    }
    case 'barrier.judged':
      return { ...record, judged: { ...record.judged, [event.barrier]: { cause: event.cause } } };
    case 'release.committed':
      return { ...record, committedAt: record.committedAt ?? at };
    case 'rollback.decided':
      return { ...record, rollback: record.rollback ?? { cause: event.cause, at } };
    case 'stop.requested':
      return { ...record, stops: { ...record.stops, [event.service]: { deployment: event.deployment, at } } };
    case 'restore.requested': {
      const firstAt = record.restores[event.service]?.firstAt ?? at;
      const intent = { firstAt, at, previousDeployment: event.previousDeployment, revision: event.revision };
      return { ...record, restores: { ...record.restores, [event.service]: intent } };
    }
    case 'removal.requested':
      return { ...record, removals: { ...record.removals, [event.service]: { at } } };
    case 'deployment.concluded':
      return {
        ...record,
        conclusion: { verdict: event.verdict, cause: event.cause, running: event.running, at },
      };
    case 'service.retired':
    case 'store.retired':
    case 'journal.repaired':
    case 'stage.entered':
    case 'traffic.shifted':
    case 'barrier.reached':
    case 'gate.passed':
    case 'gate.failed':
      return record;
  }
}
