import type { Build, Environment, Variable } from './environment.ts';
import type { CheckedApp, CheckedEnvironment } from './schema/settings.ts';

/**
 * One app resolved for one environment, with all that the description says: a deployment reads the `Environment` of it,
 * other jobs (infrastructure, pipeline, watching, recovery) the rest.
 */
export interface ResolvedEnvironment extends Environment {
  /** Run at set times and end; the engine keeps no service for them. */
  readonly scheduled: readonly ScheduledService[];
  readonly sites: readonly StaticSite[];
  readonly mobile: readonly MobileApp[];
  /** Names of roles; on AWS they become ARNs of the environment's account. */
  readonly roles: {
    readonly execution: string;
    readonly deploy: string;
    /** By service. */
    readonly task: Readonly<Record<string, string>>;
  };
  /** The table of variables, by service. */
  readonly needs: Readonly<Record<string, readonly VariableNeed[]>>;
  /**
   * Everything as the description says it for this environment: defaults filled in, durations in seconds, percentages as
   * numbers, names settled.
   */
  readonly settings: CheckedEnvironment;
  /** What is said once, for the app: pipeline, previews, tools, runbooks … */
  readonly description: CheckedApp;
}

export interface ScheduledService {
  readonly kind: 'scheduled';
  readonly name: string;
  /** Minute, hour, day of month, month, day of week; or `@daily` and its like. */
  readonly schedule: string;
  readonly timezone: string;
  readonly family: string;
  readonly containerName: string;
  readonly build: Build;
  readonly command: readonly string[];
  readonly variables: readonly Variable[];
  readonly cpu: number;
  readonly memory: number;
  readonly logGroup: string;
  readonly logPrefix: string;
}

export interface StaticSite {
  readonly kind: 'static';
  readonly name: string;
  readonly context: string;
  readonly command: string | null;
  /** Absolute. */
  readonly folder: string;
  readonly fallback: string | null;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly bucket: string;
}

export interface MobileApp {
  readonly kind: 'mobile';
  readonly name: string;
  readonly context: string;
  readonly platforms: readonly ('android' | 'ios')[];
  readonly profile: string;
}

export interface VariableNeed {
  readonly name: string;
  readonly description: string | null;
  readonly required: boolean;
  readonly secret: boolean;
  /** Whether this environment gives it a value. */
  readonly given: boolean;
}
