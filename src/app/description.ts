// Written by scripts/reference.ts from src/app/schema: change it there.
import type { Override } from './override.ts';

export interface AppDescription<Services extends string = string, Stores extends string = string> {
  /**
   * The name of the app.
   * @example 'shop'
   */
  readonly name: string;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * What runs.
   * @example { api: { kind: 'web', command: 'node server.js', port: 8080, health: { path: '/health' } } }
   */
  readonly services: Readonly<Record<Services, ServiceDescription<Stores>>>;
  /**
   * Where the app keeps its data. Default: none.
   * @example { db: { kind: 'postgres' } }
   */
  readonly stores?: Readonly<Record<Stores, StoreDescription>>;
  /**
   * Environment variables of every service. Default: none.
   * @example { NODE_ENV: 'production' }
   */
  readonly variables?: Readonly<Record<string, VariableDescription<Stores>>>;
  /**
   * The secrets that exist, by their name in AWS Secrets Manager. References are checked against them. On the embedded engine their values come from `fairway secrets set`, or from `.env` beside fairway.config.ts, by the names of the variables that take them. Default: none.
   * @example { 'shop/production': { keys: ['JWT_SECRET'] } }
   */
  readonly secrets?: Readonly<Record<string, SecretDescription>>;
  /**
   * How the database is migrated. Default: it is not.
   */
  readonly migration?: MigrationDescription<Services>;
  /**
   * How a new revision takes over. Default: `{ kind: "blue-green" }`.
   */
  readonly strategy?: StrategyDescription;
  /**
   * Roles that must approve a deployment, each with its people. Default: nobody.
   * @example { 'tech lead': ['ana@example.com'] }
   */
  readonly approvals?: Readonly<Record<string, readonly string[]>>;
  /**
   * AWS region. Needed on Amazon ECS.
   * @example 'eu-central-1'
   */
  readonly region?: string;
  /**
   * AWS account id. Default: that of the credentials.
   * @example '123456789012'
   */
  readonly account?: string;
  /**
   * Where deployments are recorded, and who is changing the environment: a bucket that everybody uses who deploys to it, and a folder in it. Below that, each app and environment has a folder of its own. On the embedded engine only what the environment itself says counts. Default: `s3://{app}-{environment}-journal` on Amazon ECS; on the embedded engine a folder of this machine.
   * @example 's3://acme-deployments/fairway'
   */
  readonly journal?: string;
  /**
   * Public host name. Default: the load balancer's own.
   * @example 'app.example.com'
   */
  readonly domain?: string;
  /**
   * Tags and registries of all images. Default: see each.
   */
  readonly images?: ImagesDescription;
  /**
   * What AWS resources are called. Default: see each.
   */
  readonly names?: NamesDescription;
  /**
   * The network. Default: see each.
   */
  readonly network?: NetworkDescription;
  /**
   * Terraform. Default: see each.
   */
  readonly terraform?: TerraformDescription;
  /**
   * Alarms. Default: none.
   * @example { HighErrorRate: { metric: 'error-rate', above: '5%', for: '5m' } }
   */
  readonly alarms?: Readonly<Record<string, AlarmDescription<Services, Stores>>>;
  /**
   * CloudWatch dashboards by name. Default: none.
   * @example { Shop: { show: ['cpu', 'p95'] } }
   */
  readonly dashboards?: Readonly<Record<string, DashboardDescription>>;
  /**
   * Saved log queries by name. Default: none.
   */
  readonly logQueries?: Readonly<Record<string, LogQueryDescription<Services>>>;
  /**
   * Logs and monitoring. Default: see each.
   * @example { keepDays: 90 }
   */
  readonly logs?: LogsDescription;
  /**
   * Who is told about what. Default: nobody.
   */
  readonly notifications?: NotificationsDescription;
  /**
   * Error tracking by Sentry. Default: none.
   */
  readonly sentry?: SentryDescription;
  /**
   * Recovery objectives of services and stores. Default: none.
   * @example { api: { rto: '15m', rpo: '0s' } }
   */
  readonly recovery?: { readonly [Name in NoInfer<Services | Stores>]?: RecoveryDescription };
  /**
   * Checks that decide at a pause, in this order. `load` gates are said by environments. Default: none.
   * @example { health: { kind: 'health', path: '/health' } }
   */
  readonly gates?: Readonly<Record<string, AppGateDescription>>;
  /**
   * Where the app runs. `local` exists without being said. Each may say again, in part, what the app says. Default: `{ local: {} }`.
   * @example { production: { region: 'eu-central-1', services: { api: { replicas: 2 } } } }
   */
  readonly environments?: Readonly<
    Record<string, EnvironmentDescription<NoInfer<Services>, NoInfer<Stores>>>
  >;
  /**
   * The checks in GitHub Actions. Default: none.
   */
  readonly pipeline?: PipelineDescription<Services, Stores>;
  /**
   * Environments per branch. Default: none.
   */
  readonly previews?: PreviewsDescription;
  /**
   * Tools that people need, each with the oldest version that will do. Default: none.
   * @example { docker: '24.0.5', git: '*' }
   */
  readonly tools?: {
    readonly [
      Name in
        | 'node'
        | 'npm'
        | 'pnpm'
        | 'python'
        | 'docker'
        | 'docker-compose'
        | 'terraform'
        | 'aws'
        | 'ecs-cli'
        | 'git'
        | 'jq'
        | 'vscode'
        | 'k6'
        | 'eas'
    ]?: string;
  };
  /**
   * How people work on it. Default: see each.
   */
  readonly development?: DevelopmentDescription;
  /**
   * Severity levels of incidents. Default: none.
   */
  readonly severities?: Readonly<Record<string, SeverityDescription>>;
  /**
   * What to do when. Default: none.
   */
  readonly runbooks?: Readonly<Record<string, RunbookDescription>>;
  /**
   * Whom to write to in an emergency. Default: nobody.
   * @example 'devops@example.com'
   */
  readonly contact?: string;
}

export type ServiceDescription<Stores extends string = string> =
  | WebServiceDescription<Stores>
  | WorkerServiceDescription<Stores>
  | ScheduledServiceDescription<Stores>
  | StaticServiceDescription
  | MobileServiceDescription;

/**
 * Answers HTTP requests behind the load balancer.
 */
export interface WebServiceDescription<Stores extends string = string> {
  readonly kind: 'web';
  /**
   * Where it listens.
   * @example 8080
   */
  readonly port: number;
  /**
   * The load balancer's health check.
   * @example { path: '/health' }
   */
  readonly health: HealthDescription;
  /**
   * Host names it answers to. Not inherited by an environment on the embedded engine. Default: any.
   * @example ['api.example.com']
   */
  readonly hosts?: readonly string[];
  /**
   * Path patterns it answers to; `*` alone is the rest. Default: `['*']`.
   * @example ['/api/*']
   */
  readonly paths?: readonly string[];
  /**
   * Which route is tried first; 1 before 2. Default: the more specific route first.
   */
  readonly priority?: number;
  /**
   * Requests in flight get this long once a task is told to go. Default: 15 seconds.
   * @example '30s'
   */
  readonly drain?: Duration;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * How it is built. Default: nothing to build on the embedded engine, `Dockerfile` on Amazon ECS.
   * @example { command: 'npm run build', include: ['dist/**'] }
   */
  readonly build?: BuildDescription;
  /**
   * Starts it.
   * @example 'node dist/server.js'
   */
  readonly command: Command;
  /**
   * An existing task-definition template that Fairway reads in and completes. Default: none.
   * @example 'terraform/task-definition.json'
   */
  readonly taskDefinition?: string;
  /**
   * Environment variables, over those of the app. Default: none.
   * @example { LOG_LEVEL: 'info' }
   */
  readonly variables?: Readonly<Record<string, VariableDescription<Stores>>>;
  /**
   * The table of variables this service reads: checked in every environment before anything is deployed. Default: none.
   * @example { SECRET_KEY: { description: 'Signs tokens', secret: true } }
   */
  readonly needs?: Readonly<Record<string, NeedDescription>>;
  /**
   * How many tasks run; of a service with `scale`, how many it begins with. Default: `1`.
   * @example 2
   */
  readonly replicas?: number;
  /**
   * CPU units of one task; 1024 is one vCPU. Default: `256`.
   * @example 1024
   */
  readonly cpu?: number;
  /**
   * Memory of one task in MiB. Default: `512`.
   * @example 2048
   */
  readonly memory?: number;
  /**
   * Disk of one task in GB. Default: `20`.
   * @example 50
   */
  readonly disk?: number;
  /**
   * How a task is told to stop. Default: `SIGTERM`, then 30 seconds.
   */
  readonly stop?: {
    /**
     * Asks a task to go. Default: `'SIGTERM'`.
     */
    readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';
    /**
     * Then it is killed. At most 2 minutes. Default: 30 seconds.
     * @example '60s'
     */
    readonly grace?: Duration;
  };
  /**
   * Registries and tags of this service, over those of the app. Default: the app's.
   */
  readonly images?: ImagesDescription;
  /**
   * What its task role may do beyond what its stores and secrets need. Default: nothing.
   */
  readonly permissions?: readonly {
    /**
     * IAM actions.
     * @example ['s3:GetObject']
     */
    readonly actions: readonly string[];
    /**
     * ARNs.
     */
    readonly resources: readonly string[];
  }[];
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: ServiceNames;
  /**
   * Automatic scaling. Default: `replicas` tasks, always.
   * @example { min: 2, max: 10, cpu: '70%' }
   */
  readonly scale?: ScaleDescription;
}

/**
 * A number of seconds, or a number with its unit: `"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"7d"`.
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export interface HealthDescription {
  /**
   * Asked by the load balancer; any 2xx is healthy. What the answer says is checked by health gates.
   * @example '/health'
   */
  readonly path: string;
  /**
   * Time between two checks. Default: 1 second on the embedded engine, 5 seconds on Amazon ECS.
   */
  readonly interval?: Duration;
  /**
   * No answer within this time is a failure. Shorter than `interval`, or as long. Default: 1 second on the embedded engine, 2 seconds on Amazon ECS.
   */
  readonly timeout?: Duration;
  /**
   * Good answers in a row until it gets traffic. Default: `2`.
   */
  readonly healthyThreshold?: number;
  /**
   * Failures in a row until it gets none. Default: 5 on the embedded engine, 2 on Amazon ECS.
   */
  readonly unhealthyThreshold?: number;
  /**
   * How long a task that starts may fail its checks before it is stopped for them. As long as the app takes to start, and some more. Default: 10 seconds on the embedded engine, 60 seconds on Amazon ECS.
   * @example '90s'
   */
  readonly grace?: Duration;
}

/**
 * How a service is built: by its own command for the embedded engine, by its Dockerfile for Amazon ECS, and for the embedded engine where nothing but a Dockerfile is named.
 */
export interface BuildDescription {
  /**
   * Folder it is built in, below the folder of fairway.config.ts. Default: that folder.
   * @example 'backend'
   */
  readonly context?: string;
  /**
   * Builds what runs without Docker; a shell runs it in `context`. Default: nothing to build.
   * @example 'npm run build'
   */
  readonly command?: string;
  /**
   * Globs below `context` of what belongs to the image when it is built without Docker. `.env`, `.git` and `.fairway` are left out, unless a glob names them. Default: `["**"]`, everything but these.
   * @example ['dist/**']
   */
  readonly include?: readonly string[];
  /**
   * Globs below `context` of what decides whether it must be built again. `node_modules`, `.env`, `.git`, `.fairway` and other hidden files are left out, unless a glob names them. Default: `["**"]`, everything but these.
   * @example ['src/**', 'package.json']
   */
  readonly sources?: readonly string[];
  /**
   * Builds the image for Amazon ECS, and for the embedded engine where neither `command` nor `include` is said: then Docker has to be there. Default: `Dockerfile`.
   * @example 'docker/backend/Dockerfile'
   */
  readonly dockerfile?: string;
}

/**
 * One program and its arguments, as a string or as a list of words. It runs without a shell: for `&&`, pipes or `$VARIABLES` write `["sh", "-c", "…"]`.
 */
export type Command = string | readonly string[];

/**
 * A value said here (numbers and booleans become text), or a reference to where it is kept.
 * @example { store: 'db', property: 'url' }
 */
export type VariableDescription<Stores extends string = string> =
  | string
  | number
  | boolean
  | SecretReference
  | ParameterReference
  | StoreReference<Stores>;

/**
 * A value kept in AWS Secrets Manager. Tasks read it when they start; it never passes through a plan, a journal or a log. On the embedded engine the value comes from `fairway secrets set`, or from `.env` beside fairway.config.ts, by the name of the variable that takes it, and is kept by the engine, encrypted, from then on. What `.env` names is taken from there by every deployment.
 */
export interface SecretReference {
  /**
   * The secret as AWS Secrets Manager knows it; declared under `secrets`.
   * @example 'shop/production'
   */
  readonly secret: string;
  /**
   * One key of a secret that holds several. Default: the whole secret.
   * @example 'JWT_SECRET'
   */
  readonly key?: string;
}

/**
 * A value kept in Parameter Store, read when a task starts. On the embedded engine it is given as that of a secret is.
 */
export interface ParameterReference {
  /**
   * The full name in AWS Systems Manager Parameter Store.
   * @example '/prod/AUTH0_DOMAIN'
   */
  readonly parameter: string;
}

/**
 * One property of a store. Where the store changes with the environment, the value does too.
 */
export interface StoreReference<Stores extends string = string> {
  /**
   * A store of this app.
   * @example 'db'
   */
  readonly store: NoInfer<Stores>;
  /**
   * What of it: postgres has `url`, `host`, `port`, `user`, `password`, `database`; redis `url`, `host`, `port`, `password`; bucket `url`, `bucket`, `region`; neo4j `url`, `host`, `port`, `user`, `password`.
   * @example 'url'
   */
  readonly property: 'url' | 'host' | 'port' | 'user' | 'password' | 'database' | 'bucket' | 'region';
}

export interface NeedDescription {
  /**
   * What it is for.
   */
  readonly description?: string;
  /**
   * An environment without a value for it is refused. Default: `true`.
   */
  readonly required?: boolean;
  /**
   * It may not be written into the description, except for the embedded engine. Default: `false`.
   */
  readonly secret?: boolean;
}

/**
 * How images are tagged and which registries they are pushed to; several at once is fine.
 */
export interface ImagesDescription {
  /**
   * The tag of a new image. Default: `{commit}`.
   * @example '{version}-{environment}-{commit}'
   */
  readonly tag?: string;
  /**
   * Push to this Amazon ECR repository of the environment's account and region. Default: `{app}/{service}`, where no registry is named.
   * @example 'shop/api'
   */
  readonly ecr?: string;
  /**
   * Push to this Docker Hub repository. Default: not pushed there.
   * @example 'acme/shop-api'
   */
  readonly dockerHub?: string;
  /**
   * Push to this repository of the GitHub container registry. Default: not pushed there.
   * @example 'acme/shop-api'
   */
  readonly ghcr?: string;
  /**
   * Older images are removed by a lifecycle policy. Default: all are kept.
   * @example 30
   */
  readonly keepLast?: number;
  /**
   * The image also stays, tagged, with the local Docker. Default: `true`.
   */
  readonly keepLocal?: boolean;
  /**
   * Images are scanned for known vulnerabilities. Default: `true`.
   */
  readonly scan?: boolean;
}

/**
 * What AWS knows a service by. Every name has a default; set those of an estate that exists already.
 */
export interface ServiceNames {
  /**
   * The ECS service. Default: `{service}`.
   * @example 'credex-core-service'
   */
  readonly service?: string;
  /**
   * The task definition family. Default: `{app}-{environment}-{service}`.
   * @example 'shop-api-task'
   */
  readonly family?: string;
  /**
   * The container in the task definition. Default: `{service}`.
   */
  readonly container?: string;
  /**
   * The two target groups that blue and green take turns in. Default: `{app}-{environment}-{service}-a` and `-b`.
   */
  readonly targetGroups?: readonly [string, string];
  /**
   * The CloudWatch log group. Default: `/fairway/{app}/{environment}/{service}`.
   * @example '/ecs/shop-api'
   */
  readonly logGroup?: string;
  /**
   * What log stream names start with. Default: `ecs`.
   */
  readonly logPrefix?: string;
  /**
   * The IAM role the app itself acts as. Default: `{app}-{environment}-{service}-task`.
   */
  readonly taskRole?: string;
  /**
   * The security group of its tasks. Default: `{app}-{environment}-{service}`.
   */
  readonly securityGroup?: string;
}

/**
 * Target tracking between two bounds: the engine sets how many tasks run, so that each metric stays near its target. A deployment leaves that count alone.
 */
export interface ScaleDescription {
  /**
   * Never fewer tasks.
   * @example 2
   */
  readonly min: number;
  /**
   * Never more tasks.
   * @example 10
   */
  readonly max: number;
  /**
   * Keep average CPU use near this. Default: `"70%"` where nothing else is tracked.
   * @example '70%'
   */
  readonly cpu?: Percent;
  /**
   * Keep average memory use near this. Default: not tracked.
   * @example '75%'
   */
  readonly memory?: Percent;
  /**
   * Keep requests per task and minute near this. Default: not tracked.
   * @example 1000
   */
  readonly requestsPerTask?: number;
}

/**
 * A percentage: `"70%"`.
 */
export type Percent = `${number}%`;

/**
 * Runs always and answers no requests: queues, schedulers.
 */
export interface WorkerServiceDescription<Stores extends string = string> {
  readonly kind: 'worker';
  /**
   * Never two at once, not even while deploying: for schedulers such as Celery beat. Default: `false`.
   */
  readonly singleton?: boolean;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * How it is built. Default: nothing to build on the embedded engine, `Dockerfile` on Amazon ECS.
   * @example { command: 'npm run build', include: ['dist/**'] }
   */
  readonly build?: BuildDescription;
  /**
   * Starts it.
   * @example 'node dist/server.js'
   */
  readonly command: Command;
  /**
   * An existing task-definition template that Fairway reads in and completes. Default: none.
   * @example 'terraform/task-definition.json'
   */
  readonly taskDefinition?: string;
  /**
   * Environment variables, over those of the app. Default: none.
   * @example { LOG_LEVEL: 'info' }
   */
  readonly variables?: Readonly<Record<string, VariableDescription<Stores>>>;
  /**
   * The table of variables this service reads: checked in every environment before anything is deployed. Default: none.
   * @example { SECRET_KEY: { description: 'Signs tokens', secret: true } }
   */
  readonly needs?: Readonly<Record<string, NeedDescription>>;
  /**
   * How many tasks run; of a service with `scale`, how many it begins with. Default: `1`.
   * @example 2
   */
  readonly replicas?: number;
  /**
   * CPU units of one task; 1024 is one vCPU. Default: `256`.
   * @example 1024
   */
  readonly cpu?: number;
  /**
   * Memory of one task in MiB. Default: `512`.
   * @example 2048
   */
  readonly memory?: number;
  /**
   * Disk of one task in GB. Default: `20`.
   * @example 50
   */
  readonly disk?: number;
  /**
   * How a task is told to stop. Default: `SIGTERM`, then 30 seconds.
   */
  readonly stop?: {
    /**
     * Asks a task to go. Default: `'SIGTERM'`.
     */
    readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';
    /**
     * Then it is killed. At most 2 minutes. Default: 30 seconds.
     * @example '60s'
     */
    readonly grace?: Duration;
  };
  /**
   * Registries and tags of this service, over those of the app. Default: the app's.
   */
  readonly images?: ImagesDescription;
  /**
   * What its task role may do beyond what its stores and secrets need. Default: nothing.
   */
  readonly permissions?: readonly {
    /**
     * IAM actions.
     * @example ['s3:GetObject']
     */
    readonly actions: readonly string[];
    /**
     * ARNs.
     */
    readonly resources: readonly string[];
  }[];
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: ServiceNames;
  /**
   * Automatic scaling. Default: `replicas` tasks, always.
   * @example { min: 2, max: 10, cpu: '70%' }
   */
  readonly scale?: ScaleDescription;
}

/**
 * Runs at set times and ends.
 */
export interface ScheduledServiceDescription<Stores extends string = string> {
  readonly kind: 'scheduled';
  /**
   * When it runs: minute, hour, day of month, month, day of week.
   * @example '0 3 * * *'
   */
  readonly schedule: string;
  /**
   * Where that time is meant. Default: `'UTC'`.
   * @example 'Europe/Berlin'
   */
  readonly timezone?: string;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * How it is built. Default: nothing to build on the embedded engine, `Dockerfile` on Amazon ECS.
   * @example { command: 'npm run build', include: ['dist/**'] }
   */
  readonly build?: BuildDescription;
  /**
   * Starts it.
   * @example 'node dist/server.js'
   */
  readonly command: Command;
  /**
   * An existing task-definition template that Fairway reads in and completes. Default: none.
   * @example 'terraform/task-definition.json'
   */
  readonly taskDefinition?: string;
  /**
   * Environment variables, over those of the app. Default: none.
   * @example { LOG_LEVEL: 'info' }
   */
  readonly variables?: Readonly<Record<string, VariableDescription<Stores>>>;
  /**
   * The table of variables this service reads: checked in every environment before anything is deployed. Default: none.
   * @example { SECRET_KEY: { description: 'Signs tokens', secret: true } }
   */
  readonly needs?: Readonly<Record<string, NeedDescription>>;
  /**
   * How many tasks run; of a service with `scale`, how many it begins with. Default: `1`.
   * @example 2
   */
  readonly replicas?: number;
  /**
   * CPU units of one task; 1024 is one vCPU. Default: `256`.
   * @example 1024
   */
  readonly cpu?: number;
  /**
   * Memory of one task in MiB. Default: `512`.
   * @example 2048
   */
  readonly memory?: number;
  /**
   * Disk of one task in GB. Default: `20`.
   * @example 50
   */
  readonly disk?: number;
  /**
   * How a task is told to stop. Default: `SIGTERM`, then 30 seconds.
   */
  readonly stop?: {
    /**
     * Asks a task to go. Default: `'SIGTERM'`.
     */
    readonly signal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2';
    /**
     * Then it is killed. At most 2 minutes. Default: 30 seconds.
     * @example '60s'
     */
    readonly grace?: Duration;
  };
  /**
   * Registries and tags of this service, over those of the app. Default: the app's.
   */
  readonly images?: ImagesDescription;
  /**
   * What its task role may do beyond what its stores and secrets need. Default: nothing.
   */
  readonly permissions?: readonly {
    /**
     * IAM actions.
     * @example ['s3:GetObject']
     */
    readonly actions: readonly string[];
    /**
     * ARNs.
     */
    readonly resources: readonly string[];
  }[];
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: ServiceNames;
}

/**
 * Files on S3 behind CloudFront.
 */
export interface StaticServiceDescription {
  readonly kind: 'static';
  /**
   * How its files are made. Default: nothing to build.
   */
  readonly build?: {
    /**
     * Folder it is built in. Default: the folder of fairway.config.ts.
     */
    readonly context?: string;
    /**
     * Builds the files. Default: nothing to build.
     * @example 'npm run build'
     */
    readonly command?: string;
  };
  /**
   * The files to serve, below `build.context`.
   * @example 'dist'
   */
  readonly folder: string;
  /**
   * Served where no file matches, for apps that route in the browser. Default: an answer 404.
   * @example 'index.html'
   */
  readonly fallback?: string;
  /**
   * Host names it answers to. Not inherited by an environment on the embedded engine. Default: any.
   * @example ['api.example.com']
   */
  readonly hosts?: readonly string[];
  /**
   * Path patterns it answers to; `*` alone is the rest. Default: `['*']`.
   * @example ['/api/*']
   */
  readonly paths?: readonly string[];
  /**
   * The S3 bucket behind CloudFront. Default: `{app}-{environment}-{service}`.
   */
  readonly bucket?: string;
  /**
   * One sentence for people.
   */
  readonly description?: string;
}

/**
 * A mobile app built by EAS.
 */
export interface MobileServiceDescription {
  readonly kind: 'mobile';
  /**
   * Folder of the Expo app. Default: the folder of fairway.config.ts.
   * @example 'mobile'
   */
  readonly context?: string;
  /**
   * What is built.
   * @example ['android']
   */
  readonly platforms: readonly ('android' | 'ios')[];
  /**
   * The EAS build profile. Default: `'production'`.
   */
  readonly profile?: string;
  /**
   * One sentence for people.
   */
  readonly description?: string;
}

export type StoreDescription = PostgresDescription | RedisDescription | BucketDescription | Neo4jDescription;

/**
 * PostgreSQL: Amazon RDS on AWS, a real server on your machine.
 */
export interface PostgresDescription {
  readonly kind: 'postgres';
  /**
   * Name of the database. Default: the name of the app, hyphens as underscores.
   */
  readonly database?: string;
  /**
   * Owner of the database. Default: like `database`.
   */
  readonly user?: string;
  /**
   * PostgreSQL extensions. Default: `[]`.
   * @example ['postgis']
   */
  readonly extensions?: readonly string[];
  /**
   * Instance class. Default: the smallest of its kind.
   * @example 'db.t3.medium'
   */
  readonly size?: string;
  /**
   * A stand-by in a second zone takes over. Default: `false`.
   */
  readonly multiZone?: boolean;
  /**
   * Disk in GB. Default: `20`.
   * @example 500
   */
  readonly storage?: number;
  /**
   * The secret with the connection details. Default: one is made: `{app}/{environment}/` and the name of the store.
   */
  readonly secret?: StoreSecret;
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: StoreNames;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * Major version. Default: the engine's.
   * @example '16'
   */
  readonly version?: string;
  /**
   * Docker image, where it runs in Docker. Default: chosen by kind and version.
   * @example 'postgres:16-alpine'
   */
  readonly image?: string;
  /**
   * Port it listens on. Default: the usual one on AWS, a free one on the embedded engine.
   * @example 5432
   */
  readonly port?: number;
  /**
   * Automated backups. Default: kept 7 days on AWS.
   */
  readonly backups?: {
    /**
     * Automated backups are kept this long, and any moment within can be restored. Default: `7`.
     */
    readonly keepDays?: number;
    /**
     * When, in UTC. Default: AWS chooses.
     * @example '03:00-04:00'
     */
    readonly window?: string;
  };
  /**
   * Encrypted at rest. Default: `true`.
   */
  readonly encrypted?: boolean;
  /**
   * A plan that would destroy or replace it is refused. Default: `true`.
   */
  readonly protect?: boolean;
}

/**
 * Where the connection details are kept, and under which key each.
 */
export interface StoreSecret {
  /**
   * The secret, declared under `secrets`.
   * @example 'neo4j_prod_secrets'
   */
  readonly name: string;
  /**
   * The key that holds the url. Default: `url`.
   */
  readonly url?: string;
  /**
   * The key that holds the host. Default: `host`.
   */
  readonly host?: string;
  /**
   * The key that holds the port. Default: `port`.
   */
  readonly port?: string;
  /**
   * The key that holds the user. Default: `user`.
   */
  readonly user?: string;
  /**
   * The key that holds the password. Default: `password`.
   */
  readonly password?: string;
  /**
   * The key that holds the database. Default: `database`.
   */
  readonly database?: string;
}

export interface StoreNames {
  /**
   * The database instance, cache cluster or bucket. Default: `{app}-{environment}-` and the name of the store.
   * @example 'shop-db'
   */
  readonly instance?: string;
  /**
   * Its security group. Default: the name of the instance.
   */
  readonly securityGroup?: string;
}

/**
 * Redis: Amazon ElastiCache on AWS, `redis-server` or `valkey-server` on your machine, or its container.
 */
export interface RedisDescription {
  readonly kind: 'redis';
  /**
   * One node, one with replicas, or several shards. Default: `'single'`.
   */
  readonly mode?: 'single' | 'replicated' | 'cluster';
  /**
   * Instance class. Default: the smallest of its kind.
   * @example 'db.t3.medium'
   */
  readonly size?: string;
  /**
   * A stand-by in a second zone takes over. Default: `false`.
   */
  readonly multiZone?: boolean;
  /**
   * The secret with the connection details. Default: one is made: `{app}/{environment}/` and the name of the store.
   */
  readonly secret?: StoreSecret;
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: StoreNames;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * Major version. Default: the engine's.
   * @example '16'
   */
  readonly version?: string;
  /**
   * Docker image, where it runs in Docker. Default: chosen by kind and version.
   * @example 'postgres:16-alpine'
   */
  readonly image?: string;
  /**
   * Port it listens on. Default: the usual one on AWS, a free one on the embedded engine.
   * @example 5432
   */
  readonly port?: number;
  /**
   * Automated backups. Default: kept 7 days on AWS.
   */
  readonly backups?: {
    /**
     * Automated backups are kept this long, and any moment within can be restored. Default: `7`.
     */
    readonly keepDays?: number;
    /**
     * When, in UTC. Default: AWS chooses.
     * @example '03:00-04:00'
     */
    readonly window?: string;
  };
  /**
   * Encrypted at rest. Default: `true`.
   */
  readonly encrypted?: boolean;
  /**
   * A plan that would destroy or replace it is refused. Default: `true`.
   */
  readonly protect?: boolean;
}

/**
 * Files: Amazon S3 on AWS, the engine's own S3 on your machine.
 */
export interface BucketDescription {
  readonly kind: 'bucket';
  /**
   * CloudFront in front of it. Default: `false`.
   */
  readonly cdn?: boolean;
  /**
   * Image that makes the bucket, where it runs in Docker. Default: `minio/mc`.
   * @example 'minio/mc'
   */
  readonly initImage?: string;
  /**
   * Port of MinIO's web console, where it runs in Docker. Default: none.
   * @example 9001
   */
  readonly consolePort?: number;
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: StoreNames;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * Major version. Default: the engine's.
   * @example '16'
   */
  readonly version?: string;
  /**
   * Docker image, where it runs in Docker. Default: chosen by kind and version.
   * @example 'postgres:16-alpine'
   */
  readonly image?: string;
  /**
   * Port it listens on. Default: the usual one on AWS, a free one on the embedded engine.
   * @example 5432
   */
  readonly port?: number;
  /**
   * Automated backups. Default: kept 7 days on AWS.
   */
  readonly backups?: {
    /**
     * Automated backups are kept this long, and any moment within can be restored. Default: `7`.
     */
    readonly keepDays?: number;
    /**
     * When, in UTC. Default: AWS chooses.
     * @example '03:00-04:00'
     */
    readonly window?: string;
  };
  /**
   * Encrypted at rest. Default: `true`.
   */
  readonly encrypted?: boolean;
  /**
   * A plan that would destroy or replace it is refused. Default: `true`.
   */
  readonly protect?: boolean;
}

/**
 * Neo4j: on its own EC2 instance on AWS, an installed one on your machine, or its container.
 */
export interface Neo4jDescription {
  readonly kind: 'neo4j';
  /**
   * Which Neo4j. Default: `'community'`.
   */
  readonly edition?: 'community' | 'enterprise';
  /**
   * Instance class. Default: the smallest of its kind.
   * @example 'db.t3.medium'
   */
  readonly size?: string;
  /**
   * A stand-by in a second zone takes over. Default: `false`.
   */
  readonly multiZone?: boolean;
  /**
   * Disk in GB. Default: `20`.
   * @example 500
   */
  readonly storage?: number;
  /**
   * The secret with the connection details. Default: one is made: `{app}/{environment}/` and the name of the store.
   */
  readonly secret?: StoreSecret;
  /**
   * What AWS knows it by. Default: see each name.
   */
  readonly names?: StoreNames;
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * Major version. Default: the engine's.
   * @example '16'
   */
  readonly version?: string;
  /**
   * Docker image, where it runs in Docker. Default: chosen by kind and version.
   * @example 'postgres:16-alpine'
   */
  readonly image?: string;
  /**
   * Port it listens on. Default: the usual one on AWS, a free one on the embedded engine.
   * @example 5432
   */
  readonly port?: number;
  /**
   * Automated backups. Default: kept 7 days on AWS.
   */
  readonly backups?: {
    /**
     * Automated backups are kept this long, and any moment within can be restored. Default: `7`.
     */
    readonly keepDays?: number;
    /**
     * When, in UTC. Default: AWS chooses.
     * @example '03:00-04:00'
     */
    readonly window?: string;
  };
  /**
   * Encrypted at rest. Default: `true`.
   */
  readonly encrypted?: boolean;
  /**
   * A plan that would destroy or replace it is refused. Default: `true`.
   */
  readonly protect?: boolean;
}

export interface SecretDescription {
  /**
   * What it holds.
   */
  readonly description?: string;
  /**
   * The keys of its JSON value. References are checked against them. Default: one plain value.
   * @example ['JWT_SECRET']
   */
  readonly keys?: readonly string[];
  /**
   * How often it is to be rotated; reminders follow. Default: never.
   * @example '90d'
   */
  readonly rotateEvery?: `${number}d`;
  /**
   * Which GitHub secret fills which key when the pipeline deploys.
   * @example { JWT_SECRET: 'JWT_SECRET_STAGE' }
   */
  readonly fromGitHub?: Readonly<Record<string, string>>;
}

/**
 * The app's own migration commands, run as one-off tasks of the new image.
 */
export interface MigrationDescription<Services extends string = string> {
  /**
   * Whose new image the commands run in.
   * @example 'api'
   */
  readonly service: NoInfer<Services>;
  /**
   * Applies what is pending.
   * @example 'alembic upgrade head'
   */
  readonly apply: Command;
  /**
   * Prints the current version; compared before and after, so that a failure is told truthfully. Default: not compared.
   * @example 'alembic current'
   */
  readonly current?: Command;
  /**
   * Undoes one migration; run after a failed `apply` that got part of the way. Default: nothing is undone.
   * @example 'alembic downgrade -1'
   */
  readonly undo?: Command;
  /**
   * Lists all migrations. Default: none.
   * @example 'alembic history'
   */
  readonly history?: Command;
  /**
   * Makes a new, empty migration. Default: none.
   * @example 'alembic revision --autogenerate'
   */
  readonly create?: Command;
  /**
   * Given up after this long. Default: 10 minutes.
   * @example '10m'
   */
  readonly timeout?: Duration;
  /**
   * What prints the SQL that is pending, in the new image, which needs `sh` for it: a tool by name, or a command that prints SQL and nothing else. The SQL is classified before anything is changed: what it would do to those who write meanwhile, and to the revision that still runs. See [migrations](migrations.md). Default: what is pending is not looked at.
   * @example { tool: 'alembic' }
   */
  readonly pending?: MigrationToolDescription | Command;
  /**
   * What passes beside what is safe: classes, or single statements by the fingerprint that a refusal shows. What blocks writers passes only with a lock time-out, and is told. Default: `["blocks-writers"]`.
   * @example ['blocks-writers', '3f9a1c0d2b47']
   */
  readonly allow?: readonly (
    | 'blocks-writers'
    | 'unknown'
    | 'breaks-running'
    | 'loses-data'
    | (string & {})
  )[];
  /**
   * The migration's session gives up waiting for a lock after this long, rather than have everybody queue behind it. Given as `PGOPTIONS`, which psql, libpq, psycopg and node-postgres read; 0: not given, as behind a pooler that refuses it. Default: 5 seconds; 0 with Prisma, which does not read it.
   * @example '5s'
   */
  readonly lockTimeout?: Duration;
  /**
   * The database is backed up before `apply`. Default: `false`.
   */
  readonly backUpFirst?: boolean;
}

/**
 * A tool of which it is known how it is asked for the SQL that is pending.
 * @example { tool: 'alembic' }
 */
export interface MigrationToolDescription {
  /**
   * `sql-files`: plain .sql files in the order of their names, as golang-migrate, dbmate, Flyway, goose and others have them; those behind the version that `current` prints are pending. `node-pg-migrate`: what `up --dry-run` prints. `prisma`: the files of what `migrate status` names. `alembic`: what `upgrade CURRENT:head --sql` prints. `django`: what `sqlmigrate` prints of all that `migrate --plan` names.
   */
  readonly tool: 'sql-files' | 'node-pg-migrate' | 'prisma' | 'alembic' | 'django';
  /**
   * How the tool is called in the image. Not for `sql-files`. Default: `npx node-pg-migrate`, `npx prisma`, `alembic`, `python manage.py`.
   * @example 'poetry run alembic'
   */
  readonly command?: Command;
  /**
   * Where the files are in the image. For `sql-files` and `prisma`. Default: `migrations`; with Prisma `prisma/migrations`.
   * @example 'database/migrations'
   */
  readonly folder?: string;
}

/**
 *
 * @example { kind: 'blue-green', bake: '5m' }
 */
export type StrategyDescription = RollingStrategy | BlueGreenStrategy | CanaryStrategy | LinearStrategy;

/**
 * Tasks are replaced a few at a time.
 */
export interface RollingStrategy {
  readonly kind: 'rolling';
  /**
   * The new revision must stand within this time, or everything is rolled back. Default: 1 minute on the embedded engine, 10 minutes on Amazon ECS.
   * @example '5m'
   */
  readonly scaleUpDeadline?: Duration;
}

/**
 * The new revision comes up beside the old one, is checked, then gets all traffic.
 */
export interface BlueGreenStrategy {
  readonly kind: 'blue-green';
  /**
   * The new revision must stand within this time, or everything is rolled back. Default: 1 minute on the embedded engine, 10 minutes on Amazon ECS.
   * @example '5m'
   */
  readonly scaleUpDeadline?: Duration;
  /**
   * Once the new revision has all traffic, the old one stays warm for this long. Default: 5 seconds on the embedded engine, 5 minutes on Amazon ECS.
   * @example '10m'
   */
  readonly bake?: Duration;
  /**
   * The engine rolls back by itself if nobody acts at a pause for this long. Whole minutes. Default: 5 on the embedded engine, 60 on Amazon ECS.
   * @example 30
   */
  readonly pauseTimeoutMinutes?: number;
}

/**
 * Like blue-green, with a small part of the traffic first.
 */
export interface CanaryStrategy {
  readonly kind: 'canary';
  /**
   * The new revision must stand within this time, or everything is rolled back. Default: 1 minute on the embedded engine, 10 minutes on Amazon ECS.
   * @example '5m'
   */
  readonly scaleUpDeadline?: Duration;
  /**
   * Once the new revision has all traffic, the old one stays warm for this long. Default: 5 seconds on the embedded engine, 5 minutes on Amazon ECS.
   * @example '10m'
   */
  readonly bake?: Duration;
  /**
   * The engine rolls back by itself if nobody acts at a pause for this long. Whole minutes. Default: 5 on the embedded engine, 60 on Amazon ECS.
   * @example 30
   */
  readonly pauseTimeoutMinutes?: number;
  /**
   * How much traffic the new revision gets first. Default: `"10%"`.
   * @example '5%'
   */
  readonly percent?: Percent;
  /**
   * How long it is watched, and compared with the old one, with that little. Default: 10 seconds on the embedded engine, 5 minutes on Amazon ECS.
   * @example '10m'
   */
  readonly watch?: Duration;
  /**
   * What is compared between old and new while both have users, before each step. Default: its defaults.
   * @example { errorRate: '0.5%', requests: 200 }
   */
  readonly compare?: ComparisonDescription;
}

/**
 * How much worse the new revision may be than the old one.
 */
export interface ComparisonDescription {
  /**
   * The new revision may fail so much more of its requests than the old one. Default: `"1%"`.
   * @example '0.5%'
   */
  readonly errorRate?: Percent;
  /**
   * Its p95 may be so much above the old one's; less than 50 ms is never held against it. Default: `"50%"`.
   * @example '20%'
   */
  readonly slower?: Percent;
  /**
   * It must have answered so many: fewer prove nothing, and without proof it is not given more. Default: 50.
   * @example 200
   */
  readonly requests?: number;
  /**
   * Asked by Fairway itself, through the balancer as users do, where these ask too little. Default: the path of the first health gate; without one nobody helps.
   * @example '/api/interactions'
   */
  readonly path?: string;
}

/**
 * Like blue-green, with the traffic shifted in equal steps.
 */
export interface LinearStrategy {
  readonly kind: 'linear';
  /**
   * The new revision must stand within this time, or everything is rolled back. Default: 1 minute on the embedded engine, 10 minutes on Amazon ECS.
   * @example '5m'
   */
  readonly scaleUpDeadline?: Duration;
  /**
   * Once the new revision has all traffic, the old one stays warm for this long. Default: 5 seconds on the embedded engine, 5 minutes on Amazon ECS.
   * @example '10m'
   */
  readonly bake?: Duration;
  /**
   * The engine rolls back by itself if nobody acts at a pause for this long. Whole minutes. Default: 5 on the embedded engine, 60 on Amazon ECS.
   * @example 30
   */
  readonly pauseTimeoutMinutes?: number;
  /**
   * How much more traffic the new revision gets at each step. Default: `"10%"`.
   * @example '20%'
   */
  readonly step?: Percent;
  /**
   * Time between steps, in which the new one is compared with the old one. Default: 5 seconds on the embedded engine, 1 minute on Amazon ECS.
   * @example '2m'
   */
  readonly every?: Duration;
  /**
   * What is compared between old and new while both have users, before each step. Default: its defaults.
   * @example { errorRate: '0.5%', requests: 200 }
   */
  readonly compare?: ComparisonDescription;
}

/**
 * What AWS resources of the environment are called. Every name has a default; set those of an estate that exists already.
 */
export interface NamesDescription {
  /**
   * The ECS cluster. Default: `{app}-{environment}`.
   * @example 'credex-cluster'
   */
  readonly cluster?: string;
  /**
   * The application load balancer. Default: `{app}-{environment}`.
   */
  readonly loadBalancer?: string;
  /**
   * The role that pulls images, writes logs and reads secrets. Default: `{app}-{environment}-execution`.
   * @example 'ecsTaskExecutionRole'
   */
  readonly executionRole?: string;
  /**
   * The role the pipeline deploys with. Default: `{app}-{environment}-deploy`.
   */
  readonly deployRole?: string;
  /**
   * The Route 53 zone of `domain`. Default: the last two labels of `domain`.
   * @example 'example.com'
   */
  readonly hostedZone?: string;
  /**
   * ARN of the certificate for `domain`. Default: one is made.
   */
  readonly certificate?: string;
  /**
   * The name tag of the VPC. Default: `{app}-{environment}`.
   */
  readonly vpc?: string;
}

export interface NetworkDescription {
  /**
   * Addresses of the VPC. Default: `'10.0.0.0/16'`.
   */
  readonly cidr?: string;
  /**
   * Availability zones; each has a public, a private-app and a private-data subnet. Default: `2`.
   */
  readonly zones?: number;
  /**
   * Ids of a network that exists already. Default: a network is made.
   */
  readonly existing?: {
    /**
     * Id of the VPC.
     * @example 'vpc-0123456789abcdef0'
     */
    readonly vpc: string;
    /**
     * Subnets of the load balancer.
     */
    readonly publicSubnets: readonly string[];
    /**
     * Subnets of the tasks.
     */
    readonly appSubnets: readonly string[];
    /**
     * Subnets of the stores. Default: `[]`.
     */
    readonly dataSubnets?: readonly string[];
    /**
     * Security groups of the tasks. Default: `[]`.
     */
    readonly securityGroups?: readonly string[];
  };
}

export interface TerraformDescription {
  /**
   * Where the files are written. Default: `'terraform'`.
   */
  readonly folder?: string;
  /**
   * S3 bucket of the state. Default: `{app}-terraform-state`.
   * @example 'propflow-terraform-state'
   */
  readonly stateBucket?: string;
  /**
   * Its key. Default: `terraform.tfstate`.
   * @example 'infrastructure/terraform.tfstate'
   */
  readonly stateKey?: string;
  /**
   * Its region. Default: the region of the environment.
   * @example 'eu-central-1'
   */
  readonly stateRegion?: string;
  /**
   * DynamoDB table of the lock. Default: S3's own lock.
   * @example 'propflow-terraform-locks'
   */
  readonly lockTable?: string;
  /**
   * Terraform workspace. Default: `{environment}`.
   * @example 'prod'
   */
  readonly workspace?: string;
}

/**
 * The key is its name in CloudWatch.
 * @example { metric: 'error-rate', above: '1%', for: '5m' }
 */
export interface AlarmDescription<Services extends string = string, Stores extends string = string> {
  /**
   * One sentence for people.
   */
  readonly description?: string;
  /**
   * What is watched.
   * @example 'error-rate'
   */
  readonly metric: MetricDescription;
  /**
   * It goes off above this. Say `above` or `below`.
   * @example '1%'
   */
  readonly above?: Threshold;
  /**
   * It goes off below this.
   * @example 1
   */
  readonly below?: Threshold;
  /**
   * When it has been so for this long. Whole minutes. Default: 5 minutes.
   * @example '5m'
   */
  readonly for?: Duration;
  /**
   * Of which service. Default: every service that has the metric.
   * @example 'api'
   */
  readonly service?: NoInfer<Services>;
  /**
   * Of which store. Default: every store that has the metric.
   * @example 'db'
   */
  readonly store?: NoInfer<Stores>;
  /**
   * While deploying, it rolls the deployment back. Default: `false`.
   */
  readonly rollBack?: boolean;
}

/**
 * One of the app's own metrics.
 */
export interface CustomMetric {
  /**
   * CloudWatch namespace.
   * @example 'PropFlow'
   */
  readonly namespace: string;
  /**
   * Metric name.
   * @example 'PendingReviews'
   */
  readonly name: string;
  /**
   * How samples are put together. Default: `'Average'`.
   */
  readonly statistic?: 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'p50' | 'p90' | 'p95' | 'p99';
  /**
   * CloudWatch dimensions. Default: none.
   */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/**
 * `response-time` (average, ms), `p95` (ms), `error-rate` (5xx in percent of requests), `cpu`, `memory` (percent), `database-connections` (percent of what the database takes), `query-time` (ms), `disk` (percent), `queue-size`, `running-tasks`, `failed-health-checks`, or a metric of your own.
 */
export type MetricDescription =
  | 'response-time'
  | 'p95'
  | 'error-rate'
  | 'cpu'
  | 'memory'
  | 'database-connections'
  | 'query-time'
  | 'disk'
  | 'queue-size'
  | 'running-tasks'
  | 'failed-health-checks'
  | CustomMetric;

/**
 * With its unit: `"500ms"`, `"70%"`; a plain number for what is counted.
 */
export type Threshold = number | `${number}${'ms' | '%'}`;

export interface DashboardDescription {
  /**
   * One chart each.
   * @example ['cpu', 'memory', 'p95', 'error-rate']
   */
  readonly show: readonly MetricDescription[];
}

export interface LogQueryDescription<Services extends string = string> {
  /**
   * In whose logs. Default: all services.
   */
  readonly service?: NoInfer<Services>;
  /**
   * CloudWatch Logs Insights.
   * @example 'filter @message like /ERROR/ | stats count() by bin(5m)'
   */
  readonly query: string;
}

export interface LogsDescription {
  /**
   * Log lines are kept this long, in days as CloudWatch knows them. Default: 30.
   * @example 90
   */
  readonly keepDays?: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 120 | 150 | 180 | 365;
  /**
   * CloudWatch Container Insights. Default: `false`.
   */
  readonly detailedMonitoring?: boolean;
}

export interface NotificationsDescription {
  /**
   * The SNS topic. Default: `{app}-{environment}`.
   * @example 'InteractionManagementAlarms'
   */
  readonly topic?: string;
  /**
   * Who is told. Default: `[]`.
   * @example ['alerts@example.com']
   */
  readonly emails?: readonly string[];
  /**
   * Where the address of an incoming webhook is kept: of Slack, or of whatever takes the same. Default: nobody is told there.
   * @example { parameter: '/shop/slack-webhook' }
   */
  readonly slack?: SecretReference | ParameterReference;
  /**
   * How `emails` get mail about deployments. Default: by the topic, to which they are subscribed.
   */
  readonly mail?: MailDescription;
  /**
   * In GitHub Actions: a deployment with its status, and a comment on the pull request. Needs GITHUB_TOKEN. Default: `false`.
   */
  readonly github?: boolean;
  /**
   * About what. Default: everything.
   * @example ['failed', 'alarm']
   */
  readonly about?: readonly ('deployed' | 'failed' | 'alarm' | 'approval' | 'incident' | 'mobile-build')[];
}

/**
 * Mail about deployments, to `emails`.
 */
export interface MailDescription {
  /**
   * The sender.
   * @example 'deployments@example.com'
   */
  readonly from: string;
  /**
   * Where the API key of SendGrid is kept. Default: Amazon SES sends.
   */
  readonly sendGrid?: SecretReference | ParameterReference;
}

/**
 * Releases, environment and errors in Sentry.
 */
export interface SentryDescription {
  /**
   * Where the DSN is kept; tasks get it as `SENTRY_DSN`.
   * @example { secret: 'shop/sentry', key: 'dsn' }
   */
  readonly dsn: SecretReference | ParameterReference;
  /**
   * Part of the requests that is traced. Default: `0.1`.
   */
  readonly sampleRate?: number;
  /**
   * Sentry organization, to record releases. Default: releases are not recorded.
   */
  readonly organization?: string;
  /**
   * Sentry project. Default: the name of the app.
   */
  readonly project?: string;
}

/**
 * The key is a service or a store.
 */
export interface RecoveryDescription {
  /**
   * Recovery time objective: it works again within this time.
   * @example '15m'
   */
  readonly rto: Duration;
  /**
   * Recovery point objective: at most this much work is lost. Default: not applicable.
   * @example '5m'
   */
  readonly rpo?: Duration;
}

export type AppGateDescription = HealthGateDescription | SmokeGateDescription | IntegrationGateDescription;

/**
 * One request whose answer must say that all is well.
 */
export interface HealthGateDescription {
  readonly kind: 'health';
  /**
   * What is asked.
   * @example '/api/health/db'
   */
  readonly path: string;
  /**
   * What the answer must look like. Default: status 200.
   * @example { status: 200, json: { status: 'healthy' } }
   */
  readonly expect?: ExpectationDescription;
  /**
   * How long it may take until the answer is as expected. Default: 1 minute.
   * @example '30s'
   */
  readonly within?: Duration;
}

/**
 * What an answer must look like. Everything said must hold.
 */
export interface ExpectationDescription {
  /**
   * One of these status codes. Default: 200.
   * @example [200, 204]
   */
  readonly status?: number | readonly number[];
  /**
   * The body contains this text. Default: not looked at.
   * @example 'Welcome'
   */
  readonly contains?: string;
  /**
   * Values at paths of the JSON body. Default: not looked at.
   * @example { status: 'healthy', 'data.items.length': 3 }
   */
  readonly json?: Readonly<Record<string, unknown>>;
  /**
   * Headers of the answer. Default: not looked at.
   * @example { 'content-type': 'application/json' }
   */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A sequence of requests that carries values from one to the next.
 */
export interface SmokeGateDescription {
  readonly kind: 'smoke';
  /**
   * Requests by name, in this order.
   * @example { 'log in': { method: 'POST', path: '/api/auth/login' } }
   */
  readonly steps: Readonly<Record<string, SmokeStepDescription>>;
  /**
   * Values the steps start with, such as a password: `{{password}}`. Default: none.
   * @example { password: { secret: 'shop/smoke', key: 'password' } }
   */
  readonly values?: Readonly<Record<string, SecretReference | ParameterReference>>;
}

export interface SmokeStepDescription {
  /**
   * Request method. Default: `'GET'`.
   */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /**
   * What is asked. May hold kept values: `{{token}}`; so may headers and strings of the body.
   * @example '/api/auth/login'
   */
  readonly path: string;
  /**
   * Request headers. Default: none.
   * @example { authorization: 'Bearer {{token}}' }
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Sent as JSON; a string is sent as it is. Default: no body.
   * @example { username: 'demo' }
   */
  readonly body?: unknown;
  /**
   * What the answer must look like. Default: status 200.
   * @example { status: 200, json: { status: 'healthy' } }
   */
  readonly expect?: ExpectationDescription;
  /**
   * Keeps values at paths of the JSON answer for later steps. They are never shown. Default: nothing.
   * @example { token: 'data.token' }
   */
  readonly keep?: Readonly<Record<string, string>>;
}

/**
 * The app's own tests against the new version, before it has users.
 */
export interface IntegrationGateDescription {
  readonly kind: 'integration';
  /**
   * Run by a shell in the app's folder, with the new version's address in `FAIRWAY_TARGET_URL`. Exit code 0 passes.
   * @example 'npm run test:integration'
   */
  readonly command: string;
  /**
   * Given up after this long. Default: 10 minutes.
   * @example '5m'
   */
  readonly timeout?: Duration;
}

export interface PipelineDescription<Services extends string = string, Stores extends string = string> {
  /**
   * File of the checks in `.github/workflows`. Default: `'ci.yml'`.
   */
  readonly workflow?: string;
  /**
   * A push to these runs the checks. Default: `['**']`.
   * @example ['main', 'develop']
   */
  readonly branches?: readonly string[];
  /**
   * So do pull requests into these. Default: `[]`.
   * @example ['main']
   */
  readonly pullRequests?: readonly string[];
  /**
   * The checks. Default: none.
   */
  readonly jobs?: Readonly<Record<string, PipelineJobDescription<Services, Stores>>>;
  /**
   * GitHub secrets the pipeline needs, each with what it is for. Default: none: Fairway signs in to AWS without one.
   * @example { DOCKERHUB_USERNAME: 'Signs in to Docker Hub' }
   */
  readonly secrets?: Readonly<Record<string, string>>;
  /**
   * Branch protection. Default: none.
   * @example { main: { reviews: 1 } }
   */
  readonly protect?: Readonly<
    Record<
      string,
      {
        /**
         * Approving reviews needed. Default: `1`.
         */
        readonly reviews?: number;
        /**
         * The checks must pass. Default: `true`.
         */
        readonly checks?: boolean;
      }
    >
  >;
}

export interface PipelineJobDescription<Services extends string = string, Stores extends string = string> {
  /**
   * What is set up. Default: `'node'`.
   */
  readonly runtime?: 'node' | 'python' | 'expo';
  /**
   * Its version. Default: the current long-term one.
   * @example '3.12'
   */
  readonly version?: string;
  /**
   * Package manager. Default: `npm`, or `pip` for Python.
   */
  readonly packages?: 'npm' | 'pnpm' | 'yarn' | 'pip' | 'poetry' | 'uv';
  /**
   * Where it runs. Default: the folder of fairway.config.ts.
   * @example 'backend'
   */
  readonly folder?: string;
  /**
   * Real ones run beside it. Default: `[]`.
   * @example ['db']
   */
  readonly stores?: readonly NoInfer<Stores>[];
  /**
   * Environment variables of the steps. Default: none.
   */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Shell commands by name, in this order.
   * @example { lint: 'ruff check .', test: 'pytest' }
   */
  readonly steps: Readonly<Record<string, string>>;
  /**
   * Less test coverage fails. Default: not checked.
   * @example '80%'
   */
  readonly coverage?: Percent;
  /**
   * Services whose images are built and scanned. Default: `[]`.
   * @example ['api']
   */
  readonly images?: readonly NoInfer<Services>[];
}

/**
 * An environment for each branch.
 */
export interface PreviewsDescription {
  /**
   * The environment that each is a copy of.
   * @example 'staging'
   */
  readonly from: string;
  /**
   * A push to these makes one.
   * @example ['feature/*']
   */
  readonly branches: readonly string[];
  /**
   * What it is called. Default: `'{environment}-{branch}'`.
   * @example 'staging-{branch}'
   */
  readonly name?: string;
  /**
   * Its host name. Default: `name` below the domain of `from`.
   * @example 'staging-{branch}.example.dev'
   */
  readonly domain?: string;
  /**
   * The pull request gets a comment with the address. Default: `true`.
   */
  readonly comment?: boolean;
  /**
   * When it goes. Default: `'merge'`.
   */
  readonly removeOn?: 'merge' | 'close';
  /**
   * File in `.github/workflows`. Default: `preview.yml`.
   */
  readonly workflow?: string;
}

export interface DevelopmentDescription {
  /**
   * Runs the app from source. Default: none.
   * @example 'npm run dev'
   */
  readonly command?: string;
  /**
   * Local variables; git ignores it. Default: `'.env'`.
   */
  readonly variablesFile?: string;
  /**
   * What it is made from. Default: `'.env.example'`.
   */
  readonly exampleFile?: string;
  /**
   * The compose file that can be written out. Default: `'docker-compose.yml'`.
   */
  readonly compose?: string;
  /**
   * For VS Code and GitHub Codespaces. Default: none.
   */
  readonly devContainer?: {
    /**
     * Forwarded ports. Default: `[]`.
     * @example [3000]
     */
    readonly ports?: readonly number[];
    /**
     * VS Code extensions. Default: `[]`.
     */
    readonly extensions?: readonly string[];
    /**
     * Run once it is made. Default: nothing.
     * @example 'npm ci'
     */
    readonly command?: string;
  };
  /**
   * Pages to know. Default: none.
   */
  readonly links?: Readonly<Record<string, string>>;
}

export interface SeverityDescription {
  /**
   * When it applies.
   * @example 'Service down, data loss risk'
   */
  readonly definition: string;
  /**
   * Somebody answers within this time.
   * @example '15m'
   */
  readonly respondWithin: Duration;
}

export interface RunbookDescription {
  /**
   * One of `severities`. Default: none.
   * @example 'P0'
   */
  readonly severity?: string;
  /**
   * Alarms that lead here. Default: `[]`.
   * @example ['HighLatency']
   */
  readonly alarms?: readonly string[];
  /**
   * What to do, in this order: commands or sentences.
   * @example { 'Check the logs': 'fairway logs api -e production' }
   */
  readonly steps: Readonly<Record<string, string>>;
}

/**
 * What an environment may say. All of it may be said in part: objects are laid over those of the app key by key, lists and references are replaced, and `null` removes what the app says. An object of another `kind` replaces.
 */
export interface EnvironmentSettings<Services extends string = string, Stores extends string = string> {
  /**
   * Where it runs: the embedded engine on this machine, or Amazon ECS. Default: `embedded` for `local`, else `ecs`.
   */
  readonly engine?: 'embedded' | 'ecs';
  /**
   * Ports on this machine. Embedded engine only. Default: see each.
   */
  readonly ports?: {
    /**
     * Where users come in. Default: chosen by the name of the app, always the same.
     * @example 8080
     */
    readonly public?: number;
    /**
     * Where a new version is tested. Default: the next one.
     * @example 8081
     */
    readonly test?: number;
  };
  /**
   * What starts a deployment. Default: a person.
   * @example { branches: ['main'] }
   */
  readonly deployOn?: DeployOnDescription;
  /**
   * What runs.
   * @example { api: { kind: 'web', command: 'node server.js', port: 8080, health: { path: '/health' } } }
   */
  readonly services: Readonly<Record<Services, ServiceDescription<Stores>>>;
  /**
   * Where the app keeps its data. Default: none.
   * @example { db: { kind: 'postgres' } }
   */
  readonly stores?: Readonly<Record<Stores, StoreDescription>>;
  /**
   * Environment variables of every service. Default: none.
   * @example { NODE_ENV: 'production' }
   */
  readonly variables?: Readonly<Record<string, VariableDescription<Stores>>>;
  /**
   * The secrets that exist, by their name in AWS Secrets Manager. References are checked against them. On the embedded engine their values come from `fairway secrets set`, or from `.env` beside fairway.config.ts, by the names of the variables that take them. Default: none.
   * @example { 'shop/production': { keys: ['JWT_SECRET'] } }
   */
  readonly secrets?: Readonly<Record<string, SecretDescription>>;
  /**
   * How the database is migrated. Default: it is not.
   */
  readonly migration?: MigrationDescription<Services>;
  /**
   * How a new revision takes over. Default: `{ kind: "blue-green" }`.
   */
  readonly strategy?: StrategyDescription;
  /**
   * Roles that must approve a deployment, each with its people. Default: nobody.
   * @example { 'tech lead': ['ana@example.com'] }
   */
  readonly approvals?: Readonly<Record<string, readonly string[]>>;
  /**
   * AWS region. Needed on Amazon ECS.
   * @example 'eu-central-1'
   */
  readonly region?: string;
  /**
   * AWS account id. Default: that of the credentials.
   * @example '123456789012'
   */
  readonly account?: string;
  /**
   * Where deployments are recorded, and who is changing the environment: a bucket that everybody uses who deploys to it, and a folder in it. Below that, each app and environment has a folder of its own. On the embedded engine only what the environment itself says counts. Default: `s3://{app}-{environment}-journal` on Amazon ECS; on the embedded engine a folder of this machine.
   * @example 's3://acme-deployments/fairway'
   */
  readonly journal?: string;
  /**
   * Public host name. Default: the load balancer's own.
   * @example 'app.example.com'
   */
  readonly domain?: string;
  /**
   * Tags and registries of all images. Default: see each.
   */
  readonly images?: ImagesDescription;
  /**
   * What AWS resources are called. Default: see each.
   */
  readonly names?: NamesDescription;
  /**
   * The network. Default: see each.
   */
  readonly network?: NetworkDescription;
  /**
   * Terraform. Default: see each.
   */
  readonly terraform?: TerraformDescription;
  /**
   * Alarms. Default: none.
   * @example { HighErrorRate: { metric: 'error-rate', above: '5%', for: '5m' } }
   */
  readonly alarms?: Readonly<Record<string, AlarmDescription<Services, Stores>>>;
  /**
   * CloudWatch dashboards by name. Default: none.
   * @example { Shop: { show: ['cpu', 'p95'] } }
   */
  readonly dashboards?: Readonly<Record<string, DashboardDescription>>;
  /**
   * Saved log queries by name. Default: none.
   */
  readonly logQueries?: Readonly<Record<string, LogQueryDescription<Services>>>;
  /**
   * Logs and monitoring. Default: see each.
   * @example { keepDays: 90 }
   */
  readonly logs?: LogsDescription;
  /**
   * Who is told about what. Default: nobody.
   */
  readonly notifications?: NotificationsDescription;
  /**
   * Error tracking by Sentry. Default: none.
   */
  readonly sentry?: SentryDescription;
  /**
   * Recovery objectives of services and stores. Default: none.
   * @example { api: { rto: '15m', rpo: '0s' } }
   */
  readonly recovery?: { readonly [Name in NoInfer<Services | Stores>]?: RecoveryDescription };
  /**
   * Checks that decide at a pause, in this order. The app's come first; `load` gates are said here. Default: the app's.
   */
  readonly gates?: Readonly<Record<string, GateDescription>>;
}

/**
 * What starts a deployment of this environment in the pipeline.
 */
export interface DeployOnDescription {
  /**
   * A push to these branches deploys. Default: `[]`.
   * @example ['main', 'release/**']
   */
  readonly branches?: readonly string[];
  /**
   * So do these tags. Default: `[]`.
   * @example ['v*']
   */
  readonly tags?: readonly string[];
  /**
   * Only once this environment has been deployed. Default: at once.
   * @example 'staging'
   */
  readonly after?: string;
  /**
   * So does a new image in the registry. Default: `false`.
   */
  readonly newImage?: boolean;
  /**
   * It can also be started by hand in GitHub. Default: `true`.
   */
  readonly manual?: boolean;
  /**
   * File in `.github/workflows`. Default: `deploy-` and the name of the environment.
   * @example 'deploy-production.yml'
   */
  readonly workflow?: string;
}

export type GateDescription =
  | HealthGateDescription
  | SmokeGateDescription
  | IntegrationGateDescription
  | LoadGateDescription;

/**
 * Steady load on the new version before it has users. An environment asks for it itself, so that production never gets it by accident.
 */
export interface LoadGateDescription {
  readonly kind: 'load';
  /**
   * Request method. Default: `'GET'`.
   */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /**
   * What is asked.
   * @example '/api/interactions'
   */
  readonly path: string;
  /**
   * Request headers. Default: none.
   * @example { authorization: 'Bearer {{token}}' }
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Requests per second.
   * @example 50
   */
  readonly rate: number;
  /**
   * Measured for this long. Default: 30 seconds.
   * @example '60s'
   */
  readonly duration?: Duration;
  /**
   * Before that, not measured. Default: 5 seconds.
   * @example '10s'
   */
  readonly warmUp?: Duration;
  /**
   * 95% of the answers must come within this time. Default: 500 milliseconds.
   * @example '500ms'
   */
  readonly p95?: Duration;
  /**
   * More failures than this fail the gate. Default: `"1%"`.
   * @example '0.5%'
   */
  readonly maxErrorRate?: Percent;
}

/** What an environment says: any part of its settings again, `null` to remove what the app says. */
export type EnvironmentDescription<
  Services extends string = string,
  Stores extends string = string,
> = Override<EnvironmentSettings<Services, Stores>>;
