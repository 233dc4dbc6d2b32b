import type { Path } from './path.ts';
import type { CheckedApp, CheckedEnvironment } from './schema/settings.ts';

/** A description without problems. Made by `checkDescription` only; read through `resolve`. */
export interface App {
  readonly name: string;
  /** The folder of `fairway.config.ts`; absolute. */
  readonly root: string;
  /** What holds for the app as a whole: pipeline, previews, tools, runbooks … */
  readonly description: CheckedApp;
  /** Names, `local` first. */
  readonly environments: readonly string[];
  readonly byName: ReadonlyMap<string, AppEnvironment>;
}

/** One environment with the settings of the app below its own. */
export interface AppEnvironment {
  readonly name: string;
  readonly engine: 'embedded' | 'ecs';
  readonly settings: CheckedEnvironment;
  readonly origin: Origin;
}

/** Who said what: the environment itself, or the app. */
export interface Origin {
  /** The environment itself says it. */
  readonly saysItself: (path: Path) => boolean;
  /** The environment or the app says it; what only has its default is said by nobody. */
  readonly isSaid: (path: Path) => boolean;
  /** The path as the user wrote it, e.g. `environments.staging.services.api.port`. */
  readonly locate: (path: Path) => Path;
}
