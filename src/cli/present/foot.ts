import type { Progress, Step } from '../../deployment/progress.ts';
import type { Event } from '../../journal/event.ts';

/** What is waited for from now on, for the live line; empty where that is over, null where it goes on. */
export function footOf(progress: Progress): string | null {
  switch (progress.kind) {
    case 'waiting':
      return `waiting for ${progress.for}`;
    case 'step':
      return stepFoot(progress.step, progress.detail);
    case 'entry':
      return ends.has(progress.entry.event.type) ? '' : null;
    case 'state':
      return null;
  }
}

function stepFoot(step: Step, detail: string): string {
  switch (step) {
    case 'preflight':
      return 'waiting for the platform to stand';
    case 'plan':
      return 'waiting for the engine to say what runs';
    case 'build':
      return 'waiting for the build';
    case 'push':
      return 'waiting for the registry';
    case 'register':
      return 'waiting for the engine to know the new revisions';
    case 'classify':
      return 'waiting for the SQL that is pending';
    case 'migrate':
      return 'waiting for the migration';
    case 'gates':
      return `waiting for the gate ${detail}`;
    case 'compare':
      return `comparing the new version with the old one: ${detail}`;
    case 'bake':
      return `baking for ${detail}, with the old version kept warm`;
    case 'load':
    case 'lease':
    case 'update':
    case 'shift':
    case 'clean-up':
    case 'undo':
      return '';
  }
}

/** What these tell was waited for. */
const ends: ReadonlySet<Event['type']> = new Set([
  'release.built',
  'migration.classified',
  'migration.finished',
  'migration.failed',
  'gate.passed',
  'gate.failed',
  'barrier.reached',
  'barrier.judged',
  'release.committed',
  'rollback.decided',
  'deployment.concluded',
]);
