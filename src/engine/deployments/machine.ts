/**
 * A service deployment as Amazon ECS runs it, as a pure state machine:
 *
 *   advance(state, observation, now) → { state, actions }
 *
 * `state` is all there is to know and is persisted before an action is carried out; every action may be repeated, so
 * that an engine that died in between simply advances again. Nothing here reads a clock, a file or a socket.
 *
 * Each behaviour is marked in `behaviours.ts` as documented (with the page), observed or assumed; what is assumed is a
 * switch in `Assumptions`, so that the deployer can be tested under either answer.
 */

export type LifecycleStage =
  | 'RECONCILE_SERVICE'
  | 'PRE_SCALE_UP'
  | 'SCALE_UP'
  | 'POST_SCALE_UP'
  | 'TEST_TRAFFIC_SHIFT'
  | 'POST_TEST_TRAFFIC_SHIFT'
  | 'PRE_PRODUCTION_TRAFFIC_SHIFT'
  | 'PRODUCTION_TRAFFIC_SHIFT'
  | 'POST_PRODUCTION_TRAFFIC_SHIFT'
  | 'BAKE_TIME'
  | 'CLEAN_UP';

export type DeploymentStatus =
  | 'PENDING'
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOP_REQUESTED'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

export type DeploymentStrategy =
  | {
      readonly kind: 'ROLLING';
      readonly minimumHealthyPercent: number;
      readonly maximumPercent: number;
      /** How long alarms are watched after the exchange is over; none when left out. */
      readonly bakeMs?: number;
      /** The deployment is over as soon as so many of the new tasks are healthy; the rest comes up behind it. */
      readonly earlySuccess?: EarlySuccess;
    }
  | { readonly kind: 'BLUE_GREEN'; readonly bakeMs: number }
  | {
      readonly kind: 'LINEAR';
      readonly stepPercent: number;
      readonly stepBakeMs: number;
      readonly bakeMs: number;
    }
  | {
      readonly kind: 'CANARY';
      readonly canaryPercent: number;
      readonly canaryBakeMs: number;
      readonly bakeMs: number;
    };

export interface EarlySuccess {
  readonly healthyPercent: number;
  /** Whether the old tasks go before the deployment is over, or behind it. */
  readonly cleanup: 'BLOCKING' | 'DEFERRED';
}

export interface PauseHook {
  readonly stages: readonly LifecycleStage[];
  readonly timeoutMs: number;
  readonly timeoutAction: 'ROLLBACK' | 'CONTINUE';
}

export interface CircuitBreaker {
  readonly enabled: boolean;
  readonly rollback: boolean;
  /** Failed tasks that trip it, see `breakerThreshold`. It follows the desired count: pass the new one to `rescale`. */
  readonly threshold: number;
  /** Whether a task that becomes healthy sets the count back to 0. ECS's default is true. */
  readonly resetOnHealthyTask: boolean;
}

export interface AlarmPolicy {
  readonly rollback: boolean;
  /** Decided when the deployment starts: an alarm that is red by then switches them off. Null before. */
  readonly watched: boolean | null;
  readonly triggered: readonly string[];
}

/** What we believe of ECS but have no page for. Defaults are in `behaviours.ts`. */
export interface Assumptions {
  /** How late a continue takes effect. */
  readonly continueDelayMs: number;
  /** Whether a first deployment (no blue) pauses at its hooks. */
  readonly firstDeploymentPauses: boolean;
  /** Whether the circuit breaker covers blue-green. */
  readonly breakerCoversBlueGreen: boolean;
  /** Whether alarms are watched while a deployment is paused. */
  readonly alarmsSeenWhilePaused: boolean;
  /** Stages that are passed through without ever being reported. */
  readonly unreportedStages: readonly LifecycleStage[];
  /** Whether a service without a load balancer goes through the traffic stages (and pauses there) all the same. */
  readonly headlessTrafficStages: boolean;
  /** Whether green that has traffic and not one healthy task, while blue has some, is rolled back at once. */
  readonly deadGreenRollsBack: boolean;
  /** How long a stage may work, pauses and bake times not counted. */
  readonly stageLimitMs: number;
  /** How long a deployment may take in all. */
  readonly deploymentLimitMs: number;
  /** How long blue may take to come up in a rollback without getting any further. */
  readonly recoveryLimitMs: number;
}

export interface AwaitingHook {
  readonly hookId: string;
  readonly stage: LifecycleStage;
  readonly since: number;
  readonly expiresAt: number;
  readonly timeoutAction: 'ROLLBACK' | 'CONTINUE';
  /** Answered by ContinueServiceDeployment, not yet acted upon (see `continueDelayMs`). */
  readonly answer: { readonly action: 'CONTINUE' | 'ROLLBACK'; readonly at: number } | null;
}

export interface DeploymentState {
  readonly id: string;
  /** The service's name, for its events. */
  readonly service: string;
  readonly strategy: DeploymentStrategy;
  /** The revision of the last completed deployment; null for a service's first deployment. */
  readonly source: string | null;
  readonly target: string;
  readonly desiredCount: number;
  /** Behind a load balancer: traffic stages are run only then. */
  readonly balanced: boolean;
  /** A test listener rule is configured: the test-traffic stages are run only then. */
  readonly tested: boolean;
  readonly hooks: readonly PauseHook[];
  readonly breaker: CircuitBreaker;
  /** Null without alarms. */
  readonly alarms: AlarmPolicy | null;
  /** Tasks of still other revisions were found (a superseded deployment left them): they go in RECONCILE_SERVICE. */
  readonly reconciles: boolean;
  readonly assumptions: Assumptions;
  readonly createdAt: number;

  readonly status: DeploymentStatus;
  readonly stage: LifecycleStage;
  readonly stageSince: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Since when the stage does its own work: after its pauses. */
  readonly workSince: number;
  /** Every stage entered, oldest first; a stage of a linear or canary shift once for each step. */
  readonly history: readonly { readonly stage: LifecycleStage; readonly at: number }[];
  readonly hook: AwaitingHook | null;
  /** Pauses of this stage that are still to come. */
  readonly hooksLeft: readonly PauseHook[];
  /** Hook stages that are behind it, so that a pause happens once. */
  readonly passed: readonly LifecycleStage[];
  readonly nextHookNumber: number;
  /**
   * Which step of the traffic shift is next or under way, and since when the balancer has it. Of a rolling deployment:
   * since when it bakes.
   */
  readonly shift: { readonly step: number; readonly since: number | null };
  /** Whether a rolling deployment's percentages leave it no room to stop or start a task. */
  readonly stuck: boolean;
  /** When a stop was asked for: the state after it shows at a later time only. */
  readonly stopRequestedAt: number | null;
  readonly rollback: Rollback | null;
  readonly statusReason: string | null;
  /** What the engine should make true now; the scheduler reconciles towards it again and again. */
  readonly desired: Desired;
}

export interface Rollback {
  readonly reason: string;
  readonly startedAt: number;
  /** While blue is short of tasks: since when it has not got further, and how far that was. */
  readonly recovery: { readonly since: number; readonly best: number } | null;
}

/** Declarative and idempotent: how many tasks of either revision, and who gets the traffic (percent, sum 100). */
export interface Desired {
  readonly sourceTasks: number;
  readonly targetTasks: number;
  /** At most this many tasks of still older revisions stay, and none is started; null: leave them alone. */
  readonly otherTasks: number | null;
  readonly production: Weights | null;
  readonly test: Weights | null;
}

export interface Weights {
  readonly source: number;
  readonly target: number;
}

export interface RevisionHealth {
  /** Tasks whose process runs. */
  readonly running: number;
  /** Running, wanted, and healthy in its target group where balanced. */
  readonly healthy: number;
  /** Tasks that ended or failed their health checks since the deployment began, in all and in a row. */
  readonly failed: number;
  readonly failedInARow: number;
  /** Tasks not gone yet: running, draining or stopping. */
  readonly remaining: number;
}

/** What has been asked of the deployment since the last tick, oldest first. */
export type Request =
  | { readonly kind: 'continue'; readonly hookId: string; readonly action: 'CONTINUE' | 'ROLLBACK' }
  | { readonly kind: 'stop'; readonly how: 'ROLLBACK' | 'ABORT' }
  /** Another UpdateService took its place. */
  | { readonly kind: 'supersede' };

export interface Observation {
  readonly source: RevisionHealth | null;
  readonly target: RevisionHealth;
  /** Tasks of all other revisions of the service, together; null when there are none. */
  readonly others: RevisionHealth | null;
  /** What the balancer has acknowledged; null without one, before the first, and **while a change is on its way**. */
  readonly production: Weights | null;
  readonly test: Weights | null;
  /** Why the load balancer cannot serve this deployment (a target group on no rule …); null when it can. */
  readonly networkingProblem: string | null;
  /** Names of the configured alarms that are in ALARM. */
  readonly alarms: readonly string[];
  readonly requests: readonly Request[];
}

export type Action =
  /** A line for the service's events, worded as ECS words it. */
  | { readonly kind: 'event'; readonly message: string }
  /** The revision that serves is now this one (success), or again this one (rollback). */
  | { readonly kind: 'promote'; readonly revision: string }
  /** The deployment is over and `state.status` is final. */
  | { readonly kind: 'finished' };

export interface Step {
  readonly state: DeploymentState;
  readonly actions: readonly Action[];
}

export interface BeginInput {
  readonly id: string;
  readonly service: string;
  readonly strategy: DeploymentStrategy;
  readonly source: string | null;
  readonly target: string;
  readonly desiredCount: number;
  readonly balanced: boolean;
  readonly tested: boolean;
  readonly hooks: readonly PauseHook[];
  readonly breaker: CircuitBreaker;
  readonly alarms: { readonly rollback: boolean } | null;
  /** Whether tasks of other revisions than source and target run. */
  readonly reconciles: boolean;
  /**
   * The weights as a superseded deployment left them; null: all on the source. For a rolling deployment, whose old and
   * new tasks share a group, that group is the target and the other one the source.
   */
  readonly production: Weights | null;
  readonly assumptions: Assumptions;
}
