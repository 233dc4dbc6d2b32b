import type {
  Cluster,
  ContainerDefinition,
  DeploymentConfiguration,
  LaunchType,
  LoadBalancer,
  NetworkConfiguration,
  PropagateTags,
  RegisterTaskDefinitionRequest,
  CreateServiceRequest,
  Compatibility,
  TaskOverride,
  TaskStopCode,
} from '@aws-sdk/client-ecs';
import type { DeploymentState, Request } from '../deployments/machine.ts';

/** Rows of the ECS side of the model. Times are epoch milliseconds; parts that are the client's own words keep the SDK's shapes. */
export interface ClusterRow {
  readonly arn: string;
  readonly name: string;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly settings: NonNullable<Cluster['settings']>;
  readonly configuration?: Cluster['configuration'];
  readonly serviceConnectDefaults?: Cluster['serviceConnectDefaults'];
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: NonNullable<Cluster['defaultCapacityProviderStrategy']>;
  readonly createdAt: number;
}

export interface TaskDefinitionRow {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  /** As registered, with ECS's defaults filled in; tags are kept with the other tags. */
  readonly definition: Omit<RegisterTaskDefinitionRequest, 'tags' | 'family' | 'containerDefinitions'>;
  readonly containers: readonly ContainerDefinition[];
  readonly compatibilities: readonly Compatibility[];
  readonly registeredAt: number;
  readonly deregisteredAt: number | null;
  readonly deleteRequestedAt?: number;
}

/** The highest revision number a family ever had: numbers are never used again. */
export interface FamilyRow {
  readonly family: string;
  readonly lastRevision: number;
}

export interface ServiceRow {
  readonly arn: string;
  readonly name: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly createdAt: number;
  readonly inactiveAt: number | null;
  readonly desiredCount: number;
  readonly settings: ServiceSettings;
  /** The revision that serves; null until the first deployment has succeeded. */
  readonly currentRevision: string | null;
  /** The deployment that runs or ran last. */
  readonly currentDeployment: string | null;
}

/** What a revision of the service is made of, and how it is deployed. */
export interface ServiceSettings {
  readonly taskDefinition: string;
  readonly launchType: LaunchType;
  readonly platformVersion: string;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly networkConfiguration: NetworkConfiguration | null;
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly healthCheckGracePeriodSeconds: number;
  readonly propagateTags: PropagateTags;
  readonly enableECSManagedTags: boolean;
  readonly enableExecuteCommand: boolean;
  /** Accepted and given back, without effect here. */
  readonly inert: Pick<
    CreateServiceRequest,
    | 'capacityProviderStrategy'
    | 'placementConstraints'
    | 'placementStrategy'
    | 'serviceRegistries'
    | 'serviceConnectConfiguration'
    | 'availabilityZoneRebalancing'
    | 'role'
  >;
}

export interface ServiceEventsRow {
  readonly serviceArn: string;
  /** Newest first, at most 100. */
  readonly events: readonly { readonly id: string; readonly createdAt: number; readonly message: string }[];
  readonly steady: boolean;
}

export interface ServiceRevisionRow {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  /** `ecs-svc/…`: the id of `deployments[]` and the `startedBy` of its tasks. */
  readonly deploymentId: string;
  readonly taskDefinition: string;
  readonly launchType: LaunchType;
  readonly platformVersion: string;
  readonly loadBalancers: readonly LoadBalancer[];
  readonly networkConfiguration: NetworkConfiguration | null;
  /** Where its tasks are registered. Resolved when its deployment begins: blue and green alternate. */
  readonly routes: readonly Route[] | null;
  readonly createdAt: number;
}

/** One container port of a revision, behind one target group. */
export interface Route {
  readonly targetGroupArn: string;
  /** The group of the other colour; null without `advancedConfiguration`. */
  readonly alternateTargetGroupArn: string | null;
  readonly productionRule: string | null;
  readonly testRule: string | null;
  readonly containerName: string;
  readonly containerPort: number;
}

export interface ServiceDeploymentRow {
  readonly arn: string;
  readonly serviceArn: string;
  readonly clusterArn: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly configuration: DeploymentConfiguration;
  readonly targetRevision: string;
  /** Set when the machine starts it; a deployment waits (PENDING) for the one that it supersedes. */
  readonly state: DeploymentState | null;
  /** A deployment that was superseded before it began. */
  readonly superseded: boolean;
  readonly requests: readonly Request[];
  readonly failures: Readonly<Record<string, Failures>>;
  /** Revisions that were found running when it began, the serving one first. */
  readonly sources: readonly string[];
  readonly triggeredAlarms: readonly string[];
}

export interface Failures {
  readonly failed: number;
  readonly inARow: number;
}

export type TaskStatus =
  | 'PROVISIONING'
  | 'PENDING'
  | 'ACTIVATING'
  | 'RUNNING'
  | 'DEACTIVATING'
  | 'STOPPING'
  | 'DEPROVISIONING'
  | 'STOPPED';

export interface TaskRow {
  readonly arn: string;
  readonly id: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly serviceArn: string | null;
  readonly revisionArn: string | null;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly startedBy: string | null;
  readonly launchType: LaunchType;
  readonly platformVersion: string;
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly overrides: TaskOverride;
  readonly enableExecuteCommand: boolean;
  readonly attachmentId: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: TaskStatus;
  readonly createdAt: number;
  /** Not before this time: the back-off of a service whose tasks fail. */
  readonly startAfter: number;
  readonly pullStartedAt: number | null;
  readonly pullStoppedAt: number | null;
  readonly startedAt: number | null;
  readonly stoppingAt: number | null;
  readonly executionStoppedAt: number | null;
  readonly stoppedAt: number | null;
  readonly stopCode: TaskStopCode | null;
  readonly stoppedReason: string | null;
  /** Since when its targets are healthy (or it has run long enough without one); null while they are not. */
  readonly healthySince: number | null;
  /** Ended by itself or by its health, rather than because it was no longer wanted. */
  readonly failed: boolean;
  readonly containers: readonly ContainerRow[];
  readonly version: number;
}

export interface ContainerRow {
  readonly arn: string;
  readonly name: string;
  /** Its name in the task runtime: 32 hex digits. */
  readonly runtimeId: string;
  readonly image: string;
  readonly imageDigest: string | null;
  readonly essential: boolean;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly pid: number | null;
  readonly ports: readonly {
    readonly containerPort: number;
    readonly host: string;
    readonly hostPort: number;
  }[];
  readonly logStream: { readonly group: string; readonly stream: string } | null;
  /** Left out while it has not been started. */
  readonly startedAt?: number;
  /** Left out while its own health check has said nothing, or where it has none. */
  readonly healthStatus?: ContainerHealth;
}

export type ContainerHealth = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
