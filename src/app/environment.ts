/**
 * What every job reads: one app resolved for one environment. Defaults are filled in, overrides applied, names settled.
 * Nothing here is optional "because the user might not say": what was not said has its default, or is null on purpose.
 * Durations are seconds unless the name says otherwise; paths are absolute.
 */
export interface Environment {
  readonly app: string;
  /** `local`, `staging`, `production` … as the description names it. */
  readonly name: string;
  /** The folder of `fairway.config.ts`. */
  readonly root: string;
  readonly engine: EngineChoice;
  readonly journal: JournalPlace;
  readonly services: readonly Service[];
  readonly stores: readonly Store[];
  readonly migration: Migration | null;
  readonly gates: readonly Gate[];
  readonly strategy: Strategy;
  /** Those that roll a deployment back when they go off during it. */
  readonly alarms: readonly DeploymentAlarm[];
  readonly approvals: readonly Approval[];
  /** Whom deployments are told to. */
  readonly notifications: Notifications;
  /** What the description asks for and this version of Fairway does not act on yet: deploying refuses, by path. */
  readonly notYet: readonly NotYet[];
}

export type EngineChoice =
  | { readonly kind: 'embedded'; readonly port: number; readonly testPort: number }
  | { readonly kind: 'ecs'; readonly region: string; readonly accountId: string | null };

/** Where deployments are recorded, and the lease on the environment is kept. */
export type JournalPlace =
  | { readonly kind: 'this-machine' }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** Of this app and environment; ends with `/`. */
      readonly prefix: string;
    };

export interface NotYet {
  readonly path: string;
  readonly what: string;
}

export type Strategy = { readonly kind: 'rolling'; readonly scaleUpDeadline: number } | ShiftingStrategy;

/** Blue and green side by side, and traffic that moves from one to the other. Times in seconds. */
export type ShiftingStrategy = {
  /** Both revisions run and green has all traffic for this long before blue goes. */
  readonly bake: number;
  /** Green must stand within this time, or everything is rolled back. */
  readonly scaleUpDeadline: number;
  /** The engine rolls back by itself if nobody acts at a pause for this long. Whole minutes, at least 1. */
  readonly pauseTimeoutMinutes: number;
} & ({ readonly kind: 'blue-green' } | SteppedShift);

/** Percents, and the seconds that green has each of them while it is compared with blue. */
export type SteppedShift =
  | {
      readonly kind: 'canary';
      readonly percent: number;
      readonly watch: number;
      readonly compare: Comparison;
    }
  | { readonly kind: 'linear'; readonly step: number; readonly watch: number; readonly compare: Comparison };

/** When green is worse than blue, under the same users at the same time. */
export interface Comparison {
  /** Share of requests, 0 to 1: green may fail so much more of them than blue. */
  readonly errorRate: number;
  /** Green's p95 may be so much above blue's: 0.5 is half as much again. */
  readonly slower: number;
  /** What fewer requests than these on green say is not relied on. */
  readonly requests: number;
  /** Asked by Fairway itself, by way of the balancer, where users ask too little; null: nobody helps. */
  readonly path: string | null;
}

export interface DeploymentAlarm {
  readonly name: string;
  readonly metric: AlarmMetric;
  readonly when: 'above' | 'below';
  /** Milliseconds, percent or a count, as the metric is measured. */
  readonly threshold: number;
  readonly minutes: number;
  /** Null: any service that has the metric. */
  readonly service: string | null;
}

export type AlarmMetric =
  | { readonly kind: ServiceMetricName }
  | {
      readonly kind: 'custom';
      readonly namespace: string;
      readonly name: string;
      readonly statistic: string;
      readonly dimensions: Readonly<Record<string, string>>;
    };

/** What every engine measures of a service; what a store or a queue does is known on AWS only. */
export type ServiceMetricName =
  | 'response-time'
  | 'p95'
  | 'error-rate'
  | 'cpu'
  | 'memory'
  | 'running-tasks'
  | 'failed-health-checks';

interface ServiceBase {
  readonly name: string;
  /** The name the engine knows it by; a guide's literal name where the description sets one. */
  readonly engineName: string;
  readonly cluster: string;
  readonly family: string;
  readonly containerName: string;
  readonly build: Build;
  readonly command: readonly string[];
  readonly variables: readonly Variable[];
  /** How many tasks run; where it scales, how many it begins with. */
  readonly replicas: number;
  readonly scaling: Scaling | null;
  readonly cpu: number;
  readonly memory: number;
  readonly logGroup: string;
  readonly logPrefix: string;
  readonly stop: { readonly signal: string; readonly grace: number };
}

/** The engine sets how many tasks run, between two bounds, so that every metric stays near its target. */
export interface Scaling {
  readonly min: number;
  readonly max: number;
  readonly targets: readonly ScalingTarget[];
}

export interface ScalingTarget {
  readonly metric: 'cpu' | 'memory' | 'requests-per-task';
  /** Percent of use on average; requests of one task in a minute. */
  readonly value: number;
}

export interface WebService extends ServiceBase {
  readonly kind: 'web';
  readonly port: number;
  readonly health: HealthCheck;
  readonly route: Route;
  /** Requests in flight get this long to finish once a task is told to go. */
  readonly drain: number;
}

export interface WorkerService extends ServiceBase {
  readonly kind: 'worker';
}

export type Service = WebService | WorkerService;

export interface Route {
  readonly hosts: readonly string[];
  /** ALB path patterns: `/api/*`; `*` alone is the rest. */
  readonly paths: readonly string[];
  readonly priority: number;
}

/** The load balancer's own health check; content is checked by the health gates. */
export interface HealthCheck {
  readonly path: string;
  readonly interval: number;
  readonly timeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Seconds from a task's start in which nothing is made of its failures. */
  readonly grace: number;
}

export type Build =
  /** Built by the app's own command; what runs is a content-addressed snapshot of `include`. */
  | {
      readonly kind: 'command';
      readonly context: string;
      /** Run in `context`; null when there is nothing to build. */
      readonly command: string | null;
      /** Globs below `context` that are part of the image. */
      readonly include: readonly string[];
      /** Globs below `context` that decide whether it must be built again. */
      readonly sources: readonly string[];
    }
  | {
      readonly kind: 'docker';
      readonly context: string;
      readonly dockerfile: string;
      /** Whole names without a tag; `{account}` stands where the description does not know it. */
      readonly repositories: readonly string[];
      /** May hold `{version}`, `{commit}` and `{branch}`: filled in when an image is tagged. */
      readonly tagTemplate: string;
    };

export interface Variable {
  readonly name: string;
  readonly value: VariableValue;
}

export type VariableValue =
  | { readonly from: 'literal'; readonly value: string }
  /** Read by the engine when the task starts; the value never passes through a plan or a journal. */
  | { readonly from: 'secret'; readonly name: string; readonly key: string | null }
  | { readonly from: 'parameter'; readonly name: string }
  /** One property of a store, e.g. its connection URL. Secret properties travel as secrets. */
  | { readonly from: 'store'; readonly store: string; readonly property: StoreProperty };

export type StoreProperty = 'url' | 'host' | 'port' | 'user' | 'password' | 'database' | 'bucket' | 'region';

export interface Store {
  readonly name: string;
  readonly kind: 'postgres' | 'redis' | 'bucket' | 'neo4j';
  readonly version: string | null;
  /** Instead of the one for its kind and version. */
  readonly image: string | null;
  readonly extensions: readonly string[];
  readonly database: string;
  readonly user: string;
}

/** What a migration can do to the revision that still runs, from the mildest to the worst; anything else is safe. */
export const migrationClasses = ['blocks-writers', 'unknown', 'breaks-running', 'loses-data'] as const;

export type MigrationClass = (typeof migrationClasses)[number];

/** The app's own commands, run as one-off tasks of the new image of `service`. */
export interface Migration {
  readonly service: string;
  readonly apply: readonly string[];
  /** Prints the current version; compared before and after, so that a failure can be told truthfully. */
  readonly current: readonly string[] | null;
  /** Undoes one migration; run after a failed `apply` when `current` shows that it got part of the way. */
  readonly undo: readonly string[] | null;
  readonly timeout: number;
  /** What prints the SQL that is pending; null where it is not looked at. */
  readonly pending: PendingSource | null;
  /** Classes, and fingerprints of statements, that pass beside what is safe. */
  readonly allow: readonly string[];
  /** Its session gives up waiting for a lock after this long; 0 where it waits for ever. */
  readonly lockTimeout: number;
}

/** A command that prints the SQL, or a tool of which it is known how it is asked for it. Folders are those of the image. */
export type PendingSource =
  | { readonly tool: 'command'; readonly command: readonly string[] }
  | { readonly tool: 'sql-files'; readonly folder: string }
  | { readonly tool: 'prisma'; readonly command: readonly string[]; readonly folder: string }
  | { readonly tool: 'node-pg-migrate' | 'alembic' | 'django'; readonly command: readonly string[] };

export interface Notifications {
  readonly about: readonly Notice[];
  /** The name of an SNS topic; null where none is described. */
  readonly topic: string | null;
  readonly slack: KeptReference | null;
  readonly mail: Mail | null;
  readonly github: boolean;
  /** Releases and deployments are recorded there; null: they are not. */
  readonly sentry: { readonly organization: string; readonly project: string } | null;
}

export type Notice = 'deployed' | 'failed' | 'alarm' | 'approval' | 'incident' | 'mobile-build';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Its API key; null: Amazon SES sends. */
  readonly sendGrid: KeptReference | null;
}

/** Where a value is kept that the deployer itself reads. */
export type KeptReference =
  | { readonly from: 'secret'; readonly name: string; readonly key: string | null }
  | { readonly from: 'parameter'; readonly name: string };

export interface Approval {
  readonly role: string;
  readonly people: readonly string[];
}

/** What an answer must look like. Every part that is given must hold. */
export interface Expectation {
  readonly status: readonly number[];
  /** Substring of the body. */
  readonly contains: string | null;
  /** Values at JSON paths: `{ 'status': 'healthy', 'data.items.length': 3 }`. */
  readonly json: Readonly<Record<string, string | number | boolean | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type Gate = HealthGate | SmokeGate | IntegrationGate | LoadGate;

export interface HealthGate {
  readonly kind: 'health';
  readonly name: string;
  readonly path: string;
  readonly expect: Expectation;
  /** How long it may take until the answer is as expected. */
  readonly within: number;
}

export interface SmokeGate {
  readonly kind: 'smoke';
  readonly name: string;
  readonly steps: readonly SmokeStep[];
}

export interface SmokeStep {
  readonly name: string;
  readonly method: string;
  /** May hold `{{token}}`: a value kept by an earlier step. So may header values and body strings. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly expect: Expectation;
  /** `{ token: 'data.token' }`: JSON path of what later steps need. Kept values are secret: they are never shown. */
  readonly keep: Readonly<Record<string, string>>;
}

export interface IntegrationGate {
  readonly kind: 'integration';
  readonly name: string;
  /** Runs in the app's folder with `FAIRWAY_TARGET_URL` set to green's address. */
  readonly command: string;
  readonly timeout: number;
}

export interface LoadGate {
  readonly kind: 'load';
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests per second. */
  readonly rate: number;
  readonly duration: number;
  readonly warmUp: number;
  readonly p95Milliseconds: number;
  /** 0.01 is one in a hundred. */
  readonly maxErrorRate: number;
}
