/**
 * What the engine says runs, in our words. A reading is never trusted to be fresh or whole: what could not be read, or
 * is missing from an answer, is `unknown`, never "failed" and never "gone".
 */
export interface AppState {
  readonly readAt: number;
  /** By our service name. A service that is missing here is unknown. */
  readonly services: Readonly<Record<string, ServiceReading>>;
}

export type ServiceReading =
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'present';
      /** The revision (task definition ARN) of the last settled deployment: who serves when nothing is in flight. */
      readonly serving: string | null;
      readonly desired: number;
      readonly running: number;
      /** The newest deployment, in flight or ended. */
      readonly deployment: DeploymentReading | null;
    };

export interface DeploymentReading {
  readonly id: string;
  /** Task definition ARN it moves to; null while it cannot be resolved. */
  readonly target: string | null;
  readonly source: string | null;
  readonly status: DeploymentStatus;
  /** The engine's lifecycle stage, by ECS's names; null where it does not report one. */
  readonly stage: string | null;
  readonly pause: Pause | null;
  readonly reason: string | null;
  readonly green: { readonly desired: number; readonly running: number; readonly failed: number };
  /** Target groups (ARNs) that are behind the two; null for what no request reaches by a load balancer, or unread. */
  readonly groups: { readonly blue: string | null; readonly green: string | null };
  /** Share of production traffic, percent; null for services without a load balancer, or unread. */
  readonly traffic: { readonly blue: number; readonly green: number } | null;
}

export type DeploymentStatus =
  | 'pending'
  | 'in-progress'
  | 'successful'
  | 'stop-requested'
  | 'stopped'
  | 'rollback-requested'
  | 'rolling-back'
  | 'rolled-back'
  | 'rollback-failed';

/** Whether it has yet to end. */
export function isMoving(status: DeploymentStatus): boolean {
  switch (status) {
    case 'pending':
    case 'in-progress':
    case 'stop-requested':
    case 'rollback-requested':
    case 'rolling-back':
      return true;
    case 'successful':
    case 'stopped':
    case 'rolled-back':
    case 'rollback-failed':
      return false;
  }
}

export interface Pause {
  readonly hookId: string;
  readonly expiresAt: number | null;
}
