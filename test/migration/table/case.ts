import type { StatementClass } from '../../../src/migration/classification.ts';

/** One migration as a tool writes it, the classes its statements must come to, and what shows them on a real server. */
export interface MigrationCase {
  readonly title: string;
  readonly sql: string;
  /** All classes that its reasons have; none is `safe`. */
  readonly is: readonly Exclude<StatementClass, 'safe'>[];
  /** Made before, as the running revision has it: in front of it stands what base.ts makes. */
  readonly given?: string;
  /** SQL of the applied migrations that the classifier is given. */
  readonly applied?: string;
  /** What the running revision does. It goes through before; after a migration that breaks it, it fails. */
  readonly running?: string;
  /** Answers otherwise once the data is gone. */
  readonly data?: string;
  /** The session waits for locks without a limit. */
  readonly withoutLockTimeout?: true;
  /** What the tool runs that is no SQL. */
  readonly code?: string;
  /** What cannot be shown, or not so, and why. */
  readonly unshown?: string;
}
